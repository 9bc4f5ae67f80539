/** RecipeSpecs as the recipes directory shows them. */
import { API_VERSION, RecipeName } from '../api/primitives.ts';
import type { RecipeSpec } from '../api/recipe-spec.ts';
import type { Problem } from '../ports.ts';
import { problemText } from '../store/parse-document.ts';
import { type DocumentSeen, recipeFile } from '../store/spec-files.ts';
import type { Viewer } from './reading.ts';
import { Refusal } from './refusal.ts';
import type { RunView } from './runs.ts';
import { didYouMean } from './suggest.ts';

export interface RecipeView {
  readonly apiVersion: string;
  readonly kind: 'RecipeSpec';
  readonly metadata: { readonly name: string; readonly createdAt: string };
  readonly spec: RecipeSpec['spec'] | null;
  readonly status: {
    readonly valid: boolean;
    readonly runs: number;
    readonly lastRun: string | null;
    readonly lastVerdict: string | null;
    readonly level: number | null;
    readonly levelSays: string;
  };
  readonly problems: readonly Problem[];
}

type Recipes = Pick<Viewer, 'reading'>;

/** Null where there is no such file. */
async function readRecipe({ reading }: Recipes, name: string): Promise<DocumentSeen<RecipeSpec> | null> {
  // What is no name might lead out of the folder; only what a listing shows is read.
  if (!RecipeName.safeParse(name).success && !(await reading.recipeNames()).includes(name)) return null;
  return reading.recipe(name);
}

function statusOf(name: string, valid: boolean, runs: readonly RunView[]): RecipeView['status'] {
  const own = runs.filter((run) => run.spec?.recipe === name);
  const last = own
    // With only some image bumps applied, it was not the recipe that was judged; and nobody asked for a reference run.
    .filter(({ spec }) => spec?.bump === undefined && spec?.trigger.kind !== 'reference')
    .filter((run) => run.status.finishedAt !== null && run.status.verdict !== null)
    .sort((a, b) => (b.status.finishedAt ?? '').localeCompare(a.status.finishedAt ?? ''))[0];
  return {
    valid,
    runs: own.length,
    lastRun: last?.metadata.name ?? null,
    lastVerdict: last?.status.verdict ?? null,
    level: last?.status.level ?? null,
    levelSays: last?.status.levelSays ?? '',
  };
}

/** All recipes by name; the runs tell what became of them. */
export async function listRecipes(viewer: Recipes, runs: readonly RunView[]): Promise<RecipeView[]> {
  const views: RecipeView[] = [];
  for (const name of await viewer.reading.recipeNames()) {
    const seen = await readRecipe(viewer, name);
    if (seen === null) continue;
    const { parsed, createdAt } = seen;
    views.push({
      apiVersion: API_VERSION,
      kind: 'RecipeSpec',
      metadata: { name, createdAt: createdAt.toISOString() },
      spec: parsed.ok ? parsed.value.spec : null,
      status: statusOf(name, parsed.ok, runs),
      problems: parsed.ok ? [] : parsed.problems,
    });
  }
  return views;
}

/** The recipe's settings, or an error that says how to enrol it. */
export async function requireRecipe(viewer: Recipes, name: string): Promise<RecipeSpec> {
  const seen = await readRecipe(viewer, name);
  if (seen === null) throw await notEnrolled(viewer, name);
  if (!seen.parsed.ok)
    throw new Refusal('invalid', seen.parsed.problems.map(problemText).join('\n'), {
      next: 'Correct the file; `ccci-ctl explain recipe.spec` says what belongs there.',
    });
  return seen.parsed.value;
}

async function notEnrolled(viewer: Recipes, name: string): Promise<Refusal> {
  const known = await viewer.reading.recipeNames();
  const file = recipeFile(viewer.reading.recipesDir, RecipeName.safeParse(name).success ? name : 'my-recipe');
  return new Refusal(
    'notFound',
    `The recipe "${name}" is not enrolled: there is no ${recipeFile(viewer.reading.recipesDir, name)}.`,
    {
      next: `${didYouMean(name, known)}To enrol it, write this to ${file}, with the address of its git repository:\n${sampleRecipe(name)}`,
    },
  );
}

/** The smallest RecipeSpec, to copy. */
export function sampleRecipe(name: string): string {
  return [
    `    apiVersion: ${API_VERSION}`,
    '    kind: RecipeSpec',
    `    metadata: { name: ${RecipeName.safeParse(name).success ? name : 'my-recipe'} }`,
    '    spec:',
    '      category: simple',
    '      source: { repo: https://git.example.org/recipes/my-recipe.git }',
  ].join('\n');
}

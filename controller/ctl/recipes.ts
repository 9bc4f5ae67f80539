/** RecipeSpecs as the recipes directory shows them. */
import { API_VERSION, RecipeName } from '../api/primitives.ts';
import type { RecipeSpec } from '../api/recipe-spec.ts';
import type { Problem } from '../ports.ts';
import { problemText } from '../store/parse-document.ts';
import {
  type DocumentSeen,
  documentNames,
  readRecipe as read,
  recipeFile as fileOf,
} from '../store/spec-files.ts';
import type { Ctl } from './terminal/world.ts';
import { CtlError, EXIT } from './terminal/exit.ts';
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
  };
  readonly problems: readonly Problem[];
}

export function recipeFile(ctl: Pick<Ctl, 'config'>, name: string): string {
  return fileOf(ctl.config.recipesDir, name);
}

export async function listRecipeNames(ctl: Pick<Ctl, 'config'>): Promise<string[]> {
  return (await documentNames(ctl.config.recipesDir)).sort();
}

/** Null where there is no such file. */
export async function readRecipe(
  ctl: Pick<Ctl, 'config'>,
  name: string,
): Promise<DocumentSeen<RecipeSpec> | null> {
  if (!RecipeName.safeParse(name).success && !(await listRecipeNames(ctl)).includes(name)) return null;
  return read(ctl.config.recipesDir, name);
}

function statusOf(name: string, valid: boolean, runs: readonly RunView[]): RecipeView['status'] {
  const own = runs.filter((run) => run.spec?.recipe === name);
  const last = own
    // With only some image bumps applied, it was not the recipe that was judged.
    .filter((run) => run.spec?.bump === undefined)
    .filter((run) => run.status.finishedAt !== null && run.status.verdict !== null)
    .sort((a, b) => (b.status.finishedAt ?? '').localeCompare(a.status.finishedAt ?? ''))[0];
  return {
    valid,
    runs: own.length,
    lastRun: last?.metadata.name ?? null,
    lastVerdict: last?.status.verdict ?? null,
    level: last?.status.level ?? null,
  };
}

/** All recipes by name; the runs tell what became of them. */
export async function listRecipes(ctl: Pick<Ctl, 'config'>, runs: readonly RunView[]): Promise<RecipeView[]> {
  const views: RecipeView[] = [];
  for (const name of await listRecipeNames(ctl)) {
    const seen = await readRecipe(ctl, name);
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
export async function requireRecipe(ctl: Ctl, name: string): Promise<RecipeSpec> {
  const seen = await readRecipe(ctl, name);
  if (seen === null) throw await notEnrolled(ctl, name);
  if (!seen.parsed.ok)
    throw new CtlError(EXIT.invalid, seen.parsed.problems.map(problemText).join('\n'), {
      next: 'Correct the file; `ccci-ctl explain recipe.spec` says what belongs there.',
    });
  return seen.parsed.value;
}

async function notEnrolled(ctl: Ctl, name: string): Promise<CtlError> {
  const known = await listRecipeNames(ctl);
  const file = recipeFile(ctl, RecipeName.safeParse(name).success ? name : 'my-recipe');
  return new CtlError(
    EXIT.notFound,
    `The recipe "${name}" is not enrolled: there is no ${recipeFile(ctl, name)}.`,
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

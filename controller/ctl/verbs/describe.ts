/** `describe`: one object, everything that is known of it, for a person. */
import { shownLevel } from '../../domain/run/level.ts';
import { stringify } from 'yaml';
import { runLines } from '../../describe/run-lines.ts';
import { fields, LABEL_WIDTH, printableBlock, section } from '../../describe/sections.ts';
import { problemText } from '../../store/parse-document.ts';
import { shownPhase } from '../../domain/run/appearance.ts';
import type { TaskRow } from '../../views/cluster.ts';
import { singleTarget } from '../../views/kinds.ts';
import { listRecipes, type RecipeView } from '../../views/recipes.ts';
import { Refusal } from '../../views/refusal.ts';
import { listRuns, requireRun } from '../../views/runs.ts';
import { didYouMean } from '../../views/suggest.ts';
import { printable } from '../../views/text.ts';
import { ageOf } from '../../domain/text/time.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { print, type Ctl } from '../terminal/world.ts';

export async function describe(ctl: Ctl, words: readonly string[]): Promise<ExitCode> {
  const { kind, name } = singleTarget(words, ['runs', 'recipes']);
  const lines = kind.name === 'runs' ? await runText(ctl, name) : await recipeText(ctl, name);
  for (const line of lines) print(ctl, line);
  return EXIT.ok;
}

async function runText(ctl: Ctl, name: string): Promise<string[]> {
  const run = await requireRun(ctl, name);
  const tasks = async (stack: string): Promise<readonly TaskRow[]> => (await ctl.cluster()).tasks(stack);
  return runLines(run, { viewer: ctl, style: ctl.style, tasks });
}

async function recipeText(ctl: Ctl, name: string): Promise<string[]> {
  const runs = await listRuns(ctl);
  const recipe = (await listRecipes(ctl, runs)).find((each) => each.metadata.name === name);
  if (recipe === undefined)
    throw new Refusal('notFound', `There is no recipe "${name}" in ${ctl.config.recipesDir}.`, {
      next: `${didYouMean(name, await ctl.reading.recipeNames())}\`ccci-ctl get recipes\` lists them.`,
    });
  const own = runs.filter((run) => run.spec?.recipe === name).slice(0, 10);
  return [
    ...recipeHead(recipe),
    '',
    ...(recipe.spec === null
      ? ['Spec: <cannot be read>']
      : ['Spec:', printableBlock(stringify(recipe.spec))]),
    '',
    ...(await quarantineLines(ctl, recipe)),
    ...section('Runs', [
      ['NAME', 'STATE', 'LEVEL', 'AGE'],
      ...own.map((run) => [
        run.metadata.name,
        shownPhase(run.status),
        run.status.level === null ? '-' : run.status.levelSays || String(run.status.level),
        ageOf(ctl.now().getTime() - Date.parse(run.metadata.createdAt)),
      ]),
    ]),
  ];
}

/** Only where there is one: most recipes have none, and should. */
async function quarantineLines(ctl: Ctl, { spec }: RecipeView): Promise<string[]> {
  const entries = spec?.quarantine ?? [];
  if (entries.length === 0) return [];
  const { quarantineRows } = await import('../terminal/quarantine-lines.ts');
  return [...section('Quarantine', await quarantineRows(ctl, entries)), ''];
}

function recipeHead({ metadata, status, problems }: RecipeView): string[] {
  return [
    ...fields([
      ['Name', metadata.name],
      ['Kind', 'RecipeSpec'],
      ['Valid', status.valid ? 'yes' : 'no'],
      ['Last run', status.lastRun === null ? '<none>' : `${status.lastRun}: ${status.lastVerdict}`],
      ['Level', shownLevel(status)],
    ]),
    ...problems.map((problem) => `${'Problem:'.padEnd(LABEL_WIDTH)}${printable(problemText(problem))}`),
  ];
}

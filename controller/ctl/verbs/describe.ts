/** `describe`: one object, everything that is known of it, for a person. */
import { elapsedOf, isOver, teardownOf } from '../../views/standing.ts';
import { shownPhase } from '../../views/appearance.ts';
import type { TaskRow } from '../../views/cluster.ts';
import { stringify } from 'yaml';
import type { StepStatus } from '../../api/test-run-status.ts';
import { Terminal } from '../../runtime/errors.ts';
import { problemText } from '../../store/parse-document.ts';
import { aligned } from '../terminal/table.ts';
import { print, type Ctl } from '../terminal/world.ts';
import { eventsOf } from '../../views/events.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { Refusal } from '../../views/refusal.ts';
import { singleTarget } from '../../views/kinds.ts';
import { operatorLines } from '../terminal/operator-lines.ts';
import { listRecipes, type RecipeView } from '../../views/recipes.ts';
import { resourceLines } from '../terminal/usage-lines.ts';
import { listRuns, requireRun, type RunView } from '../../views/runs.ts';
import { plainBadge } from '../terminal/style.ts';
import { didYouMean } from '../../views/suggest.ts';
import { indent, oneLine, printable } from '../../views/text.ts';
import { ageOf, agoText, spanOf } from '../../views/time.ts';
import { headlineOf } from '../terminal/verdict-lines.ts';

const LABEL_WIDTH = 14;
const SHOWN_EVENTS = 20;

type Fields = readonly (readonly [string, string | null | undefined])[];

/** `Label:   value`, without the ones that have none. */
function fields(rows: Fields): string[] {
  return rows.flatMap(([label, value]) =>
    value === null || value === undefined || value === ''
      ? []
      : [`${`${label}:`.padEnd(LABEL_WIDTH)}${oneLine(value)}`],
  );
}

function section(title: string, rows: readonly (readonly string[])[], none = '<none>'): string[] {
  if (rows.length <= 1) return [`${title}: ${none}`];
  return [`${title}:`, ...aligned(rows.map((row) => row.map(oneLine))).map((line) => `  ${line}`)];
}

export async function describe(ctl: Ctl, words: readonly string[]): Promise<ExitCode> {
  const { kind, name } = singleTarget(words, ['runs', 'recipes']);
  const lines = kind.name === 'runs' ? await runText(ctl, name) : await recipeText(ctl, name);
  for (const line of lines) print(ctl, line);
  return EXIT.ok;
}

async function runText(ctl: Ctl, name: string): Promise<string[]> {
  const run = await requireRun(ctl, name);
  const events = (await eventsOf(ctl, run)).slice(-SHOWN_EVENTS);
  const now = ctl.now();
  return [
    ...headOf(run, ctl),
    '',
    ...specLines(run),
    '',
    ...statusLines(run, ctl),
    '',
    ...section('Conditions', [
      ['TYPE', 'STATUS', 'REASON', 'SINCE', 'MESSAGE'],
      ...run.status.conditions.map((each) => [
        each.type,
        each.status,
        each.reason,
        agoText(each.lastTransitionTime, now),
        each.message,
      ]),
    ]),
    '',
    ...(await reportLines(ctl, run)),
    ...section('Stages', [
      ['STAGE', 'ATTEMPT', 'STATE', 'DURATION', 'MESSAGE'],
      ...run.status.steps.map((step) => [
        step.name,
        String(step.attempt),
        plainBadge(ctl.style, step.state),
        stepSpan(step, now),
        step.message,
      ]),
    ]),
    '',
    ...(await operatorLines(ctl, run)),
    '',
    ...(await resourceLines(ctl, run)),
    '',
    ...(await taskLines(ctl, run)),
    '',
    ...section('Events', [
      ['AGE', 'REASON', 'COUNT', 'MESSAGE'],
      ...events.map((each) => [
        ageOf(now.getTime() - Date.parse(each.time)),
        each.reason,
        `x${each.count}`,
        each.message,
      ]),
    ]),
  ];
}

/** Only where something was said elsewhere: without a reporter there is nothing to show. */
async function reportLines(ctl: Ctl, { metadata, status }: RunView): Promise<string[]> {
  try {
    const report = await ctl.reading.report(metadata.name);
    if (report === null || report.status.uid !== status.uid) return [];
    const rows = report.status.conditions.map(({ type, time, ...each }) => [
      type,
      each.status,
      each.reason,
      agoText(time, ctl.now()),
      each.message,
    ]);
    return [...section('Reports', [['TYPE', 'STATUS', 'REASON', 'SINCE', 'MESSAGE'], ...rows]), ''];
  } catch (error) {
    if (!(error instanceof Terminal)) throw error;
    return [`Reports: ${oneLine(error.message)}`, ''];
  }
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

function headOf({ metadata, status, problems }: RunView, ctl: Ctl): string[] {
  return [
    ...fields([
      ['Name', metadata.name],
      ['Kind', 'TestRun'],
      ['Labels', labelText(metadata.labels) || '<none>'],
      ['UID', status.uid],
      ['Created', agoText(metadata.createdAt, ctl.now())],
      [
        'Deleting',
        metadata.deleting
          ? 'yes: the spec file is gone, the status stays until nothing of the run is left'
          : '',
      ],
    ]),
    ...problems.map((problem) => `${'Problem:'.padEnd(LABEL_WIDTH)}${printable(problemText(problem))}`),
  ];
}

function specLines({ spec }: RunView): string[] {
  if (spec === null) return ['Spec: <cannot be read>'];
  return ['Spec:', printableBlock(stringify(spec))];
}

function printableBlock(text: string): string {
  return indent(text.trimEnd().split('\n').map(printable).join('\n'), '  ');
}

function causeRows({ cause }: RunView['status']): Fields {
  if (cause === null) return [];
  return [
    ['Cause', `${cause.reason}: ${cause.message}`],
    ['Service', cause.service],
    ['Evidence', cause.evidence],
    ['Next step', cause.nextStep],
  ];
}

function appRows({ app, deployer, ...status }: RunView['status']): Fields {
  return [
    ['Commit', status.commit],
    ['Version', status.version],
    ['Server', status.server],
    ['Domain', app?.domain],
    ['Stack', app?.stack],
    ['Deployer', deployer === null ? '' : `${deployer.kind} ${deployer.version} (${deployer.bin})`],
  ];
}

function timeRows(run: RunView, now: Date): Fields {
  const { begunAt, finishedAt } = run.status;
  const instant = (at: string | null): string => (at === null ? '' : agoText(at, now));
  return [
    ['Begun', instant(begunAt)],
    ['Finished', instant(finishedAt)],
    ['Duration', elapsedOf(run, now)],
    ['Teardown', isOver(run) && begunAt !== null ? teardownOf(run) : ''],
  ];
}

function statusLines(run: RunView, ctl: Ctl): string[] {
  const { status } = run;
  // The headline is painted, so it must not pass through `fields`, which strips control characters.
  const headline = `${'State:'.padEnd(LABEL_WIDTH)}${headlineOf(run, ctl.style)}`;
  const rows = fields([
    ['Phase', status.phase],
    ['Message', status.message],
    ['Verdict', status.verdict],
    ['Level', status.level === null ? '' : `${status.level} of 5`],
    ...causeRows(status),
    ...appRows(status),
    ...timeRows(run, ctl.now()),
    ['Leftovers', status.leftovers.join(', ')],
  ]);
  return ['Status:', ...[headline, ...rows].map((line) => `  ${line}`)];
}

function stepSpan({ startedAt, finishedAt }: StepStatus, now: Date): string {
  if (startedAt === null) return '-';
  return spanOf((finishedAt === null ? now : new Date(finishedAt)).getTime() - Date.parse(startedAt));
}

/** Only a live app has tasks to show; a swarm that does not answer is said, not fatal. */
async function taskLines(ctl: Ctl, run: RunView): Promise<string[]> {
  const { app } = run.status;
  if (app === null || isOver(run)) return ['Tasks: <none>'];
  let tasks: readonly TaskRow[];
  try {
    tasks = await (await ctl.cluster()).tasks(app.stack);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [`Tasks: not seen: ${oneLine(error.message)}`];
  }
  return section('Tasks', [
    ['SERVICE', 'STATE', 'DESIRED', 'EXIT', 'HEALTH', 'ERROR'],
    ...tasks.map((task) => [
      task.service,
      task.state,
      task.desired,
      task.exitCode === null ? '-' : String(task.exitCode),
      task.health ?? '-',
      task.error || '-',
    ]),
  ]);
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
        run.status.level === null ? '-' : String(run.status.level),
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
      ['Level', status.level === null ? '' : `${status.level} of 5`],
    ]),
    ...problems.map((problem) => `${'Problem:'.padEnd(LABEL_WIDTH)}${printable(problemText(problem))}`),
  ];
}

/** A run in lines of text: everything that is known of it, for a person. */
import { shownLevel } from '../domain/run/level.ts';
import { stringify } from 'yaml';
import type { StepStatus } from '../api/test-run-status.ts';
import { Terminal } from '../runtime/errors.ts';
import { problemText } from '../store/parse-document.ts';
import type { TaskRow } from '../views/cluster.ts';
import { eventsOf } from '../views/events.ts';
import type { Viewer } from '../views/reading.ts';
import { Refusal } from '../views/refusal.ts';
import type { RunView } from '../views/runs.ts';
import { elapsedOf, isOver, teardownOf } from '../views/standing.ts';
import { oneLine, printable } from '../views/text.ts';
import { whoseFault } from '../views/whose-fault.ts';
import { ageOf, agoText, spanOf } from '../domain/text/time.ts';
import { type BadgeStyle, headlineOf, plainBadge } from './badge.ts';
import { operatorLines } from './operator-lines.ts';
import { resourceLines } from './resource-lines.ts';
import { fields, type Fields, LABEL_WIDTH, printableBlock, section } from './sections.ts';

const SHOWN_EVENTS = 20;

/** How a description is made: read by `viewer`, with icons and colours of `style`. */
export interface Describer {
  readonly viewer: Pick<Viewer, 'reading' | 'now'>;
  readonly style: BadgeStyle;
  /** Of a live app, by its stack; left out where nobody is to ask the swarm. */
  readonly tasks?: (stack: string) => Promise<readonly TaskRow[]>;
}

/** All that is known of a run, as lines; nothing in them can steer a terminal. */
export async function runLines(run: RunView, describer: Describer): Promise<string[]> {
  const { viewer, style } = describer;
  const events = (await eventsOf(viewer, run)).slice(-SHOWN_EVENTS);
  const now = viewer.now();
  return [
    ...headOf(run, now),
    '',
    ...specLines(run),
    '',
    ...statusLines(run, { style, now }),
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
    ...(await reportLines(viewer, run)),
    ...section('Stages', [
      ['STAGE', 'ATTEMPT', 'STATE', 'DURATION', 'MESSAGE'],
      ...run.status.steps.map((step) => [
        step.name,
        String(step.attempt),
        plainBadge(style, step.state),
        stepSpan(step, now),
        step.message,
      ]),
    ]),
    '',
    ...(await operatorLines(viewer, run)),
    '',
    ...(await resourceLines(viewer, run)),
    '',
    ...(await taskLines(describer, run)),
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
async function reportLines({ reading, now }: Describer['viewer'], run: RunView): Promise<string[]> {
  const { metadata, status } = run;
  try {
    const report = await reading.report(metadata.name);
    if (report === null || report.status.uid !== status.uid) return [];
    const rows = report.status.conditions.map(({ type, lastTransitionTime, ...each }) => [
      type,
      each.status,
      each.reason,
      agoText(lastTransitionTime, now()),
      each.message,
    ]);
    const fault = await whoseFault({ reading }, run);
    return [
      ...section('Reports', [['TYPE', 'STATUS', 'REASON', 'SINCE', 'MESSAGE'], ...rows]),
      ...fields([['Fault', fault]]),
      '',
    ];
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

function headOf({ metadata, status, problems }: RunView, now: Date): string[] {
  return [
    ...fields([
      ['Name', metadata.name],
      ['Kind', 'TestRun'],
      ['Labels', labelText(metadata.labels) || '<none>'],
      ['UID', status.uid],
      ['Created', agoText(metadata.createdAt, now)],
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

function statusLines(
  run: RunView,
  { style, now }: { readonly style: BadgeStyle; readonly now: Date },
): string[] {
  const { status } = run;
  // The headline is painted, so it must not pass through `fields`, which strips control characters.
  const headline = `${'State:'.padEnd(LABEL_WIDTH)}${headlineOf(run, style)}`;
  const rows = fields([
    ['Phase', status.phase],
    ['Message', status.message],
    ['Verdict', status.verdict],
    ['Level', shownLevel(status)],
    ...causeRows(status),
    ...appRows(status),
    ...timeRows(run, now),
    ['Leftovers', status.leftovers.join(', ')],
  ]);
  return ['Status:', ...[headline, ...rows].map((line) => `  ${line}`)];
}

function stepSpan({ startedAt, finishedAt }: StepStatus, now: Date): string {
  if (startedAt === null) return '-';
  return spanOf((finishedAt === null ? now : new Date(finishedAt)).getTime() - Date.parse(startedAt));
}

/** Only a live app has tasks to show; a swarm that does not answer is said, not fatal. */
async function taskLines({ tasks: look }: Describer, run: RunView): Promise<string[]> {
  const { app } = run.status;
  if (look === undefined) return [];
  if (app === null || isOver(run)) return ['Tasks: <none>', ''];
  let tasks: readonly TaskRow[];
  try {
    tasks = await look(app.stack);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [`Tasks: not seen: ${oneLine(error.message)}`, ''];
  }
  const table = section('Tasks', [
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
  return [...table, ''];
}

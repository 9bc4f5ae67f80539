/** Everything that a page shows of one run, read once. */
import type { RunResources } from '../api/resources.ts';
import type { RunResults } from '../api/results.ts';
import type { StatusDocument } from '../api/status-document.ts';
import type { ReportStatusBody } from '../api/report-status.ts';
import { decidingStep } from '../domain/run/appearance.ts';
import { groupsOf } from '../domain/notes/report.ts';
import { messageOf } from '../runtime/errors.ts';
import type { LogWindow } from '../store/log-files.ts';
import type { StepDir } from '../store/step-files.ts';
import { type Decision, decisionsOf } from './run-decisions.ts';
import { eventsOf, type EventView } from './events.ts';
import { operatorReportOf } from './operator-report.ts';
import { type Publication, publicationOf } from './published.ts';
import { withoutPlaces, withTexts } from './public-run.ts';
import { compared, type Compared } from './compared.ts';
import { type Found, foundIn } from './found-lines.ts';
import type { LogPlace } from './log-place.ts';
import type { Viewer } from './reading.ts';
import type { RunView } from './runs.ts';
import { whoseFault } from './whose-fault.ts';

export interface StepLog {
  readonly step: StepDir;
  /** In the address of its lines: `install`, and `teardown-2` for a second round. */
  readonly anchor: string;
  readonly log: LogWindow;
}

export interface WholeRun {
  readonly run: RunView;
  readonly publication: Publication;
  /** Of the last attempt. */
  readonly logs: readonly StepLog[];
  /** Where they end: who follows goes on there. Null where there are none. */
  readonly place: LogPlace | null;
  /** What was looked for in the log. */
  readonly found: Found | null;
  readonly events: readonly EventView[];
  readonly results: RunResults | null;
  readonly resources: RunResources | null;
  /** What it says to operators; none where lint left nothing. */
  readonly notes: readonly { readonly title: string; readonly lines: readonly string[] }[];
  readonly report: StatusDocument<ReportStatusBody>['status'] | null;
  readonly fault: string | null;
  /** The newest ones, oldest first. */
  readonly decisions: readonly Decision[];
  /** Beside the last green run, where it is red and there is one. */
  readonly compared: Compared | null;
  /** What could not be read of it: nothing of that hides the rest. */
  readonly problems: readonly string[];
}

/** Of all steps together; the step that is looked for first gets what it needs first. */
const LOG_LINES = 20_000;
const LOG_BYTES = 8 * 1024 * 1024;

export interface Asked {
  /** To be looked for in the log. */
  readonly text?: string;
  /** Where somebody has the log already. */
  readonly withoutLog?: boolean;
  /** The last green run. */
  readonly before?: RunView | null;
}

export async function wholeRun(
  viewer: Pick<Viewer, 'reading'>,
  seen: RunView,
  asked: Asked = {},
): Promise<WholeRun> {
  const { reading } = viewer;
  const { uid } = seen.status;
  const run = withTexts(seen, (text) => withoutPlaces(text, reading.stateDir));
  const problems: string[] = [];
  const tried: Tried = async (what, read, nothing) => {
    try {
      return await read();
    } catch (error) {
      problems.push(`${what} cannot be read: ${withoutPlaces(messageOf(error), reading.stateDir)}`);
      return nothing;
    }
  };
  const publication = await publicationOf(viewer, run);
  const report = await tried('What was reported', () => reading.report(run.metadata.name), null);
  const operator = await tried('The notes for operators', () => operatorReportOf(viewer, run), null);
  const { before = null } = asked;
  return {
    run,
    publication,
    ...(await tried('The log', () => logParts(viewer, { run, publication }, asked), NO_LOG)),
    events: await tried('The events', () => eventsOf(viewer, run), []),
    results: await tried('The results', () => reading.results(uid), null),
    resources: await tried('What the app took', () => resourcesOf(viewer, run), null),
    notes: operator === null ? [] : groupsOf(operator),
    report: report?.status.uid === uid ? report.status : null,
    fault: await tried('Whose fault it is', () => whoseFault(viewer, run), null),
    decisions: await tried('The decisions', () => decisionsOf(viewer, run), []),
    compared: await tried(
      'The last green run',
      async () => (before === null ? null : compared(viewer, { before, after: run })),
      null,
    ),
    problems,
  };
}

type Tried = <T>(what: string, read: () => Promise<T>, nothing: T) => Promise<T>;

async function resourcesOf(
  { reading }: Pick<Viewer, 'reading'>,
  { status }: RunView,
): Promise<RunResources | null> {
  return status.finishedAt === null ? null : reading.resources(status.uid);
}

type LogParts = Pick<WholeRun, 'logs' | 'place' | 'found'>;

const NO_LOG: LogParts = { logs: [], place: null, found: null };

async function logParts(
  viewer: Pick<Viewer, 'reading'>,
  { run, publication }: Pick<WholeRun, 'run' | 'publication'>,
  { text = '', withoutLog = false }: Asked,
): Promise<LogParts> {
  if (!publication.log) return NO_LOG;
  const { uid, attempt } = run.status;
  const steps = publication.steps.filter((step) => step.attempt === attempt);
  const logs = withoutLog ? [] : await logsOf(viewer, run, steps);
  return { logs, place: placeBehind(logs), found: await foundIn(viewer, { uid, steps }, text) };
}

/** The name of the step that a reader looks for first: the one that runs, or the one that decided. */
export function shownStep({ status }: RunView): string {
  const own = status.steps.filter(({ attempt }) => attempt === status.attempt);
  return decidingStep(own) || (own.find(({ state }) => state === 'running')?.name ?? '');
}

async function logsOf(
  { reading }: Pick<Viewer, 'reading'>,
  run: RunView,
  own: readonly StepDir[],
): Promise<StepLog[]> {
  const { uid } = run.status;
  const first = shownStep(run);
  const logs = new Map<StepDir, StepLog>();
  let left = { lines: LOG_LINES, bytes: LOG_BYTES };
  for (const step of own.toSorted((a, b) => Number(b.step === first) - Number(a.step === first))) {
    const log = await reading.logWindow(uid, step, left);
    logs.set(step, { step, anchor: anchorOf(step), log });
    const bytes = log.lines.reduce((sum, { text }) => sum + text.length, 0);
    left = { lines: left.lines - log.lines.length, bytes: Math.max(0, left.bytes - bytes) };
  }
  return own.flatMap((step) => logs.get(step) ?? []);
}

/** The last step that has said something is the one that goes on. */
function placeBehind(logs: readonly StepLog[]): LogPlace | null {
  const last = logs.findLast(({ log }) => log.end > 0);
  if (last === undefined) return null;
  const { first, lines, end } = last.log;
  return { step: last.step.name, offset: end, line: first + lines.length };
}

export function anchorOf({ step, round }: Pick<StepDir, 'step' | 'round'>): string {
  return round > 1 ? `${step}-${round}` : step;
}

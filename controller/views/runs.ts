/** Runs as they are shown: one shape, whatever is there of them. */
import { asksElse, isReplaced } from '../domain/run/facts-of.ts';
import { NOTHING_DONE } from '../domain/run/first-status.ts';
import { API_VERSION, ObjectName } from '../api/primitives.ts';
import type { TestRunBody } from '../api/test-run.ts';
import type { TestRunStatusBody } from '../api/test-run-status.ts';
import type { Parsed, Problem } from '../ports.ts';
import type { TestRun } from '../api/test-run.ts';
import { messageOf } from '../runtime/errors.ts';
import { problemText } from '../store/parse-document.ts';
import type { RunFiles, Viewer } from './reading.ts';
import { Refusal } from './refusal.ts';
import { didYouMean } from './suggest.ts';

/** `Pending`: not yet seen by a controller; `Unknown`: the status file cannot be read. */
export type ShownPhase = TestRunStatusBody['phase'] | 'Pending' | 'Unknown';
export type RunStatusView = Omit<TestRunStatusBody, 'phase'> & { readonly phase: ShownPhase };

/** One run, always of this shape: what `-o json` prints. */
export interface RunView {
  readonly apiVersion: string;
  readonly kind: 'TestRun';
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly createdAt: string;
    /** The spec file is gone; the status stays until the swarm shows nothing of the run. */
    readonly deleting: boolean;
  };
  /** Null where the document cannot be read. */
  readonly spec: TestRunBody | null;
  readonly status: RunStatusView;
  readonly problems: readonly Problem[];
}

type StatusRead = RunFiles['status'];

function emptyStatus(phase: ShownPhase, message: string, createdAt: string): RunStatusView {
  return { uid: '', phase, message, createdAt, ...NOTHING_DONE, server: '' };
}

/** The status that a reader sees where the controller has written none. */
function statusWithout(parsed: Parsed<TestRun> | null, createdAt: string): RunStatusView {
  if (parsed === null || parsed.ok) return emptyStatus('Pending', 'Not yet seen by a controller.', createdAt);
  const message = parsed.problems.map(problemText).join('; ');
  return {
    ...emptyStatus('Refused', message, createdAt),
    cause: {
      reason: 'InvalidDocument',
      message,
      nextStep:
        'Correct the file; it is read again at once. `ccci-ctl explain run.spec` says what belongs there.',
    },
  };
}

function statusOf(read: StatusRead, parsed: Parsed<TestRun> | null, createdAt: string): RunStatusView {
  if (read === 'unreadable')
    return emptyStatus('Unknown', 'The status file cannot be read; the controller replaces it.', createdAt);
  return read?.status ?? statusWithout(parsed, createdAt);
}

interface Naming {
  readonly name: string;
  readonly createdAt: string;
}

function viewOf({ name, createdAt }: Naming, { status: read, spec }: RunFiles): RunView {
  const parsed = spec === null ? null : spec.parsed;
  const document = parsed !== null && parsed.ok ? parsed.value : null;
  return {
    apiVersion: API_VERSION,
    kind: 'TestRun',
    metadata: {
      name,
      labels: document === null ? {} : document.metadata.labels,
      createdAt,
      deleting: spec === null,
    },
    spec: document === null ? acceptedSpec(read) : askedOf(document.spec, { read, spec }),
    status: statusOf(read, parsed, createdAt),
    problems: parsed === null || parsed.ok ? [] : parsed.problems,
  };
}

/** Of a run that goes on, what it was accepted for: an edit changes nothing of it but whether it is taken back. */
function askedOf(
  written: TestRunBody,
  { read, spec }: { read: StatusRead; spec: RunFiles['spec'] },
): TestRunBody {
  const accepted = acceptedSpec(read);
  if (accepted === null || spec === null || read === null || read === 'unreadable') return written;
  return asksElse(spec, read.status.wish) ? { ...accepted, cancel: written.cancel } : written;
}

/** What was accepted is still known where the file is gone. */
function acceptedSpec(read: StatusRead): TestRunBody | null {
  return read === null || read === 'unreadable' ? null : (read.status.accepted?.run ?? null);
}

/** A run as it is now, or null where there is neither spec nor status. */
export async function readRun(
  { reading, now }: Pick<Viewer, 'reading' | 'now'>,
  name: string,
): Promise<RunView | null> {
  // What is no name might lead out of the folder; only what a listing shows is read.
  if (!ObjectName.safeParse(name).success && !(await reading.runNames()).includes(name)) return null;
  const files = await reading.run(name);
  return files === null ? null : viewIn(files, name, now);
}

function viewIn(read: RunFiles, name: string, now: () => Date): RunView {
  const files = withOwnStatus(read);
  const { status, spec } = files;
  const known = status === null || status === 'unreadable' ? undefined : status.status.createdAt;
  return viewOf({ name, createdAt: known ?? (spec?.createdAt ?? now()).toISOString() }, files);
}

/** Without a status that is that of another run: of one that was deleted, or is over and was asked for something else. */
function withOwnStatus({ status, spec }: RunFiles): RunFiles {
  if (status === null || status === 'unreadable' || spec === null) return { status, spec };
  const isAnothers = status.status.deletedAt !== null || isReplaced(spec, status.status);
  return { status: isAnothers ? null : status, spec };
}

/** All runs, newest first. A file that cannot be read names itself and does not hide the others. */
export async function listRuns({ reading, now, warn }: Viewer): Promise<RunView[]> {
  const views: RunView[] = [];
  for (const name of await reading.runNames()) {
    try {
      const files = await reading.run(name);
      if (files !== null) views.push(viewIn(files, name, now));
    } catch (error) {
      warn(`run/${name} cannot be read: ${messageOf(error)}`);
    }
  }
  return views.sort(newestFirst);
}

/** Instants are of one form, so that their letters have their order; of the same instant the names stay in theirs. */
function newestFirst({ metadata: a }: RunView, { metadata: b }: RunView): number {
  if (a.createdAt === b.createdAt) return 0;
  return a.createdAt < b.createdAt ? 1 : -1;
}

export async function requireRun(viewer: Pick<Viewer, 'reading' | 'now'>, name: string): Promise<RunView> {
  const view = await readRun(viewer, name);
  if (view !== null) return view;
  const { stateDir, runNames } = viewer.reading;
  throw new Refusal('notFound', `There is no run "${name}" in ${stateDir}.`, {
    next: `${didYouMean(name, await runNames())}\`ccci-ctl get runs\` lists them.`,
  });
}

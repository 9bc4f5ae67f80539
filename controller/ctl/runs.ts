/** Runs as the state directory shows them, with the controller up or down. Reads only. */
import { API_VERSION, ObjectName } from '../api/primitives.ts';
import type { TestRunBody } from '../api/test-run.ts';
import type { TestRunStatus, TestRunStatusBody } from '../api/test-run-status.ts';
import type { Parsed, Problem } from '../ports.ts';
import type { TestRun } from '../api/test-run.ts';
import { messageOf } from '../runtime/errors.ts';
import { makeLayout, type Layout } from '../store/layout.ts';
import { problemText } from '../store/parse-document.ts';
import { type DocumentSeen, documentNames, readSpec } from '../store/spec-files.ts';
import { readStatus } from '../store/status-files.ts';
import { listStepDirs, type StepDir } from '../store/step-files.ts';
import type { Ctl } from './terminal/world.ts';
import { CtlError, EXIT } from './terminal/exit.ts';
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

/** What lies on the disk of one run. */
interface RunFiles {
  readonly status: TestRunStatus | 'unreadable' | null;
  readonly spec: DocumentSeen<TestRun> | null;
}

type StatusRead = RunFiles['status'];

export function layoutOf(ctl: Pick<Ctl, 'config'>): Layout {
  return makeLayout(ctl.config.stateDir);
}

/** Names of all runs that have a spec or a status. */
export async function listRunNames(ctl: Pick<Ctl, 'config'>): Promise<string[]> {
  const layout = layoutOf(ctl);
  const [specs, statuses] = await Promise.all([
    documentNames(layout.testruns),
    documentNames(layout.statuses, '.json'),
  ]);
  return [...new Set([...specs, ...statuses])].sort();
}

function emptyStatus(phase: ShownPhase, message: string, createdAt: string): RunStatusView {
  return {
    uid: '',
    phase,
    message,
    createdAt,
    accepted: null,
    observedGeneration: '',
    server: '',
    begunAt: null,
    finishedAt: null,
    attempt: 0,
    stage: null,
    app: null,
    commit: null,
    version: null,
    deployer: null,
    verdict: null,
    level: null,
    cause: null,
    steps: [],
    leftovers: [],
    queue: null,
    conditions: [],
  };
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

/** The status is read first: a run that appears or goes meanwhile is never shown as Pending after its end. */
async function readFiles(layout: Layout, name: string): Promise<RunFiles | null> {
  const status = await readStatus(layout, name);
  const spec = await readSpec(layout, name);
  return spec === null && status === null ? null : { status, spec };
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
    spec: document === null ? acceptedSpec(read) : document.spec,
    status: statusOf(read, parsed, createdAt),
    problems: parsed === null || parsed.ok ? [] : parsed.problems,
  };
}

/** What was accepted is still known where the file is gone. */
function acceptedSpec(read: StatusRead): TestRunBody | null {
  return read === null || read === 'unreadable' ? null : (read.status.accepted?.run ?? null);
}

/** A run as it is now, or null where there is neither spec nor status. */
export async function readRun(ctl: Pick<Ctl, 'config' | 'now'>, name: string): Promise<RunView | null> {
  // What is no name might lead out of the folder; only what a listing shows is read.
  if (!ObjectName.safeParse(name).success && !(await listRunNames(ctl)).includes(name)) return null;
  const files = await readFiles(layoutOf(ctl), name);
  if (files === null) return null;
  const { status, spec } = files;
  const known = status === null || status === 'unreadable' ? undefined : status.status.createdAt;
  return viewOf({ name, createdAt: known ?? (spec?.createdAt ?? ctl.now()).toISOString() }, files);
}

/** All runs, newest first. A file that cannot be read names itself and does not hide the others. */
export async function listRuns(ctl: Ctl): Promise<RunView[]> {
  const views: RunView[] = [];
  for (const name of await listRunNames(ctl)) {
    try {
      const view = await readRun(ctl, name);
      if (view !== null) views.push(view);
    } catch (error) {
      ctl.err.write(`warning: run/${name} cannot be read: ${messageOf(error)}\n`);
    }
  }
  return views.sort(
    (a, b) =>
      b.metadata.createdAt.localeCompare(a.metadata.createdAt) ||
      a.metadata.name.localeCompare(b.metadata.name),
  );
}

export async function requireRun(ctl: Ctl, name: string): Promise<RunView> {
  const view = await readRun(ctl, name);
  if (view !== null) return view;
  throw new CtlError(EXIT.notFound, `There is no run "${name}" in ${ctl.config.stateDir}.`, {
    next: `${didYouMean(name, await listRunNames(ctl))}\`ccci-ctl get runs\` lists them.`,
  });
}

/** The steps that left a folder, in the order in which they are done. */
export async function stepsOf(ctl: Pick<Ctl, 'config'>, { status }: RunView): Promise<StepDir[]> {
  return status.uid === '' ? [] : listStepDirs(layoutOf(ctl).stagesDir(status.uid));
}

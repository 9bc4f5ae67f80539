/** What was read of a run, reduced to the facts that the machine classifies. Pure. */
import { DEFAULT_SERVER, durationMs } from '../../api/primitives.ts';
import type { StepName } from '../../api/stage.ts';
import type { Accepted, TestRunStatus, TestRunStatusBody } from '../../api/test-run-status.ts';
import type { Parsed, RunDocuments, SpecSeen, StackSeen, Steady, StepSeen } from '../../ports.ts';
import type { RecipeSpec } from '../../api/recipe-spec.ts';
import type { Cancel } from '../../api/test-run.ts';
import { admissionOf, type Admission, nextOf, type Waiting } from './admission.ts';
import { isTrue } from './conditions.ts';
import type { Facts, Subject } from './facts.ts';
import { workOf, workSteps, type Work } from './work.ts';

/** A lost stage is retried once, from nothing; the second loss is ours to explain. */
export const MAX_ATTEMPTS = 2;
/** After this many rounds that left something a person must look; the slot is given back. */
export const STALLED_ROUNDS = 4;
/** Between two rounds of teardown: doubled from here. */
const FIRST_REST_MS = 500;
const LONGEST_REST_MS = 60_000;
/** Where a person must look: what was mended is told by Docker's events, and by then there is nothing to be torn down. */
const STALLED_REST_MS = 60 * 60_000;

/** What one reconcile read. `stack` and `local` are null where they could not be seen, and `blindness` says why. */
export interface Seen {
  readonly steps: readonly StepSeen[];
  readonly stack: StackSeen | null;
  readonly local: readonly string[] | null;
  readonly blindness: string;
  readonly recipe: Parsed<RecipeSpec> | null;
  /** Why there is no room for a run that has yet to begin, or ''. */
  readonly room?: string;
}

/** Everything that thinking about one run needs. */
export interface RunView {
  readonly docs: RunDocuments;
  readonly status: TestRunStatusBody;
  readonly accepted: Accepted | null;
  /** Where it is tested: fixed once it has begun. */
  readonly server: string;
  readonly isServerKnown: boolean;
  readonly seen: Seen;
  readonly planned: readonly StepName[];
  /** Steps of the current attempt. */
  readonly steps: readonly StepSeen[];
  readonly work: Work;
  readonly admission: Admission;
  readonly leftovers: readonly string[];
  readonly lastTeardown: StepSeen | null;
  readonly restUntil: Date | null;
  readonly now: Date;
  readonly steady: Steady | null;
}

export interface ViewInput {
  readonly docs: RunDocuments;
  readonly status: TestRunStatusBody;
  readonly seen: Seen;
  readonly others: readonly TestRunStatus[];
  /** Names of the servers there are. */
  readonly servers: readonly string[];
  /** On each of them. */
  readonly maxTests: number;
  readonly now: Date;
  /** The same moment, by what nobody sets. */
  readonly steady?: Steady | undefined;
}

export function viewOf(input: ViewInput): RunView {
  const { docs, status, seen, now } = input;
  const isSettled = isSettledOf(status);
  const server = isSettled ? status.server : serverOf(docs, status);
  const isServerKnown = input.servers.includes(server);
  const wished = isServerKnown ? acceptedOf(docs, seen.recipe, status.createdAt) : null;
  const accepted = isSettled ? status.accepted : wished;
  const planned = workSteps(accepted?.run.stages ?? []);
  const steps = seen.steps.filter((step) => step.attempt === status.attempt);
  const lastTeardown =
    steps.filter((step) => step.step === 'teardown').sort((a, b) => b.round - a.round)[0] ?? null;
  const leftovers = leftoversIn(seen);
  return {
    docs,
    status,
    accepted,
    server,
    isServerKnown,
    seen,
    planned,
    steps,
    work: workOf(planned, steps),
    admission: admissionOf(
      docs.name,
      inLine({ name: docs.name, server, isReference: isReference(accepted) }, input.others),
      input.maxTests,
    ),
    leftovers,
    lastTeardown,
    restUntil: restUntilOf(
      lastTeardown,
      now,
      isStalled({ leftovers, lastTeardown }) ? STALLED_REST_MS : LONGEST_REST_MS,
    ),
    now,
    steady: input.steady ?? null,
  };
}

/** Whether it began, or was closed without: where and what it tests does not change any more. */
export function isSettledOf({ begunAt, finishedAt }: TestRunStatusBody): boolean {
  return begunAt !== null || finishedAt !== null;
}

function acceptedOf(
  docs: RunDocuments,
  recipe: Parsed<RecipeSpec> | null,
  createdAt: string,
): Accepted | null {
  const parsed = docs.spec?.parsed;
  if (parsed?.ok !== true || recipe?.ok !== true) return null;
  const run = parsed.value.spec;
  return {
    run,
    recipe: recipe.value.spec,
    repo: run.source.repo ?? recipe.value.spec.source.repo,
    createdAt,
  };
}

/** The server that the document names; a document that cannot be read names none. */
export function serverOf({ spec }: Pick<RunDocuments, 'spec'>, status: TestRunStatusBody | null): string {
  if (spec?.parsed.ok !== true) return status?.server ?? DEFAULT_SERVER;
  return spec.parsed.value.spec.server ?? DEFAULT_SERVER;
}

/** Who has a slot on that server and who waits for one. A run that cannot be reconciled stands in nobody's way but its own. */
function inLine(
  own: { name: string; server: string; isReference: boolean },
  runs: readonly TestRunStatus[],
): Waiting[] {
  return runs
    .filter(({ metadata, status }) => metadata.name === own.name || status.server === own.server)
    .map(({ metadata, status }) => ({
      name: metadata.name,
      createdAt: status.createdAt,
      holds: holdsSlot(status),
      waits: metadata.name === own.name ? isQueued(status) : holdsBack(status),
      number: status.finishedAt === null ? status.slot : null,
      isReference: metadata.name === own.name ? own.isReference : isReference(status.accepted),
    }));
}

/** The runs that may take a slot now, on all servers. */
export function nextInLine(runs: readonly TestRunStatus[], maxTests: number): string[] {
  const servers = new Set(runs.flatMap(({ status }) => (holdsBack(status) ? [status.server] : [])));
  const nobody = { name: '', isReference: false };
  return [...servers].flatMap((server) => nextOf(inLine({ ...nobody, server }, runs), maxTests));
}

/** Unknown before the run was accepted: until then it stands in line like any other. */
export function isReference(accepted: Accepted | null): boolean {
  return accepted?.run.trigger.kind === 'reference';
}

function holdsSlot(status: TestRunStatusBody): boolean {
  return status.finishedAt === null && status.begunAt !== null && !isTrue(status.conditions, 'Stalled');
}

function isQueued(status: TestRunStatusBody): boolean {
  return status.finishedAt === null && status.begunAt === null && status.phase === 'Queued';
}

/** Whether it waits in line and those that came later wait behind it. */
export function holdsBack(status: TestRunStatusBody): boolean {
  return isQueued(status) && !isTrue(status.conditions, 'ReconcileFailed');
}

/** A look may have begun just before the round that it sees ended; later than this, the clock was set back. */
const SKEW_MS = 60_000;

/** A round that was lost rests from its start, so that one that dies at once is not repeated without a pause. */
function restUntilOf(teardown: StepSeen | null, now: Date, longestMs: number): Date | null {
  const from = teardown?.finishedAt ?? (teardown?.state === 'lost' ? teardown.startedAt : null);
  if (teardown === null || from === null) return null;
  // A round that ended in the future: the rest would last as long as that.
  if (from.getTime() - now.getTime() > SKEW_MS) return null;
  return new Date(from.getTime() + Math.min(longestMs, FIRST_REST_MS * 2 ** (teardown.round - 1)));
}

type Wished = Pick<RunView, 'docs' | 'status'>;

/** What was deleted once stays deleted, and what was cancelled once stays cancelled, whatever is written since. */
export function wishOf({ docs, status }: Wished): Facts['wish'] {
  if (docs.spec === null || status.deletedAt !== null || isReplaced(docs.spec, status)) return 'delete';
  return cancelOf({ docs, status }) === false ? 'run' : 'cancel';
}

/** Whether a run that is over left a document that asks for something else than what it was judged by: that is another run. */
export function isReplaced(
  spec: Pick<SpecSeen, 'wish'>,
  { finishedAt, wish }: Pick<TestRunStatusBody, 'finishedAt' | 'wish'>,
): boolean {
  return finishedAt !== null && asksElse(spec, wish);
}

/** What is not valid asks for nothing; and of what an older cc-ci began, nothing is known. */
export function asksElse(spec: Pick<SpecSeen, 'wish'>, wish: string | null): boolean {
  return wish !== null && spec.wish !== '' && spec.wish !== wish;
}

/** The wish to cancel that was seen first, or as it is written now. */
export function cancelOf({ docs, status }: Wished): Cancel {
  return status.cancel === false ? (docs.spec?.cancel ?? false) : status.cancel;
}

export function isExpired(view: Pick<RunView, 'status' | 'accepted' | 'now' | 'steady'>): boolean {
  const { begunAt, begunSteady } = view.status;
  if (begunAt === null || view.accepted === null) return false;
  const limitMs = durationMs(view.accepted.run.timeout);
  // By what it has lasted, where that is known: the wall clock may have been set since.
  if (begunSteady !== null && begunSteady.boot === view.steady?.boot)
    return view.steady.ms - begunSteady.ms > limitMs;
  return view.now.getTime() > new Date(begunAt).getTime() + limitMs;
}

export function factsOf(view: RunView): Facts {
  const { status } = view;
  return {
    wish: wishOf(view),
    document: view.accepted === null ? 'refused' : 'accepted',
    closed: status.finishedAt !== null,
    begun: status.begunAt !== null,
    // Who has one keeps it: only what is new needs room.
    slot: view.admission.slot && (status.begunAt !== null || (view.seen.room ?? '') === ''),
    expired: isExpired(view),
    work: view.work.state,
    retry: status.attempt < MAX_ATTEMPTS,
    evidence: evidenceOf(view),
    teardown: teardownOf(view),
    leftovers: leftoversOf(view),
    ...subjectOf(view),
  };
}

function subjectOf({ status, work, planned, steps, lastTeardown }: RunView): Subject {
  const step = work.step ?? planned.at(-1) ?? 'prepare';
  return {
    attempt: status.attempt,
    step,
    stopReason: steps.find((each) => each.step === step)?.stopReason ?? null,
    round: lastTeardown?.round ?? 0,
  };
}

function evidenceOf(view: RunView): Facts['evidence'] {
  const state = view.steps.find((step) => step.step === 'evidence')?.state ?? 'absent';
  return state === 'absent' || state === 'running' || state === 'overdue' ? state : 'done';
}

function teardownOf(view: RunView): Facts['teardown'] {
  const state = view.lastTeardown?.state ?? 'absent';
  if (state === 'running' || state === 'overdue') return state;
  return view.restUntil !== null && view.now < view.restUntil ? 'resting' : 'idle';
}

function leftoversOf(view: RunView): Facts['leftovers'] {
  if (view.seen.stack === null || view.seen.local === null) return 'unknown';
  return view.leftovers.length > 0 ? 'some' : 'none';
}

/** Whether teardown was tried often enough that a person must look. */
export function isStalled({ leftovers, lastTeardown }: Pick<RunView, 'leftovers' | 'lastTeardown'>): boolean {
  return leftovers.length > 0 && (lastTeardown?.round ?? 0) >= STALLED_ROUNDS;
}

function leftoversIn({ stack, local }: Seen): string[] {
  return [...(stack?.things ?? []).map((thing) => `${thing.kind} ${thing.name}`), ...(local ?? [])];
}

/** The status that a decision leaves: intent first, so that whoever reads it after a crash knows what was being done. Pure. */
import { dataOf, resultOf, type StepName } from '../../api/stage.ts';
import type { Condition, StepStatus, TestRunStatusBody } from '../../api/test-run-status.ts';
import type { StepSeen } from '../../ports.ts';
import { bumpScope } from '../recipe/image-bumps.ts';
import { counted } from '../text/count.ts';
import { type NewCondition, withCondition } from './conditions.ts';
import type { Decision } from './decide.ts';
import { cancelOf, isExpired, isStalled, type RunView, wishOf } from './facts-of.ts';
import { acceptance, invalidSince, refusalOf } from './acceptance.ts';
import { appNameOf } from './names.ts';
import { abraRulesIn, levelOf, levelText, stoodOf } from './level.ts';
import { judge } from './verdict.ts';

export interface NamesOf {
  readonly zone: string;
  readonly key: string;
}

export function statusOf(view: RunView, decision: Decision, names: NamesOf): TestRunStatusBody {
  if (view.status.finishedAt !== null && wishOf(view) !== 'delete') return view.status;
  const base = { ...view.status, ...observed(view), phase: decision.phase, stage: stageOf(view, decision) };
  const next = changedBy(decision, { view, base, names });
  return {
    ...next,
    conditions: conditionsOf(view, decision, next),
    message: messageFor(view, decision, next),
  };
}

type Observed = Pick<
  TestRunStatusBody,
  | 'accepted'
  | 'server'
  | 'observedGeneration'
  | 'cancel'
  | 'deletedAt'
  | 'steps'
  | 'leftovers'
  | 'queue'
  | 'commit'
  | 'version'
  | 'deployer'
>;

/** What the observation alone says. */
function observed(view: RunView): Observed {
  return {
    accepted: view.accepted ?? view.status.accepted,
    server: view.server,
    observedGeneration: generationOf(view),
    cancel: cancelOf(view),
    deletedAt: view.status.deletedAt ?? (wishOf(view) === 'delete' ? view.now.toISOString() : null),
    steps: view.seen.steps.map((step) => stepStatusOf(step, lostAt(step, view))).sort(inOrder),
    leftovers: view.status.begunAt === null ? [] : [...view.leftovers],
    queue: queueOf(view),
    ...preparedOf(view),
  };
}

/** Of a run that is over, what it was closed with: a later text is another run's. */
function generationOf({ docs, status }: RunView): string {
  return status.finishedAt === null ? (docs.spec?.parsed.digest ?? '') : status.observedGeneration;
}

/** What `prepare` found, at least the commit where it ended early; a later attempt keeps what the first one found until it has its own. */
function preparedOf(view: RunView): Pick<TestRunStatusBody, 'commit' | 'version' | 'deployer'> {
  const results = view.steps.map(({ result }) => result);
  const { commit, version, deployer } = dataOf(results, 'prepare') ?? view.status;
  return { commit: resultOf(results, 'prepare')?.commit ?? commit, version, deployer };
}

function queueOf(view: RunView): TestRunStatusBody['queue'] {
  const { begunAt, finishedAt } = view.status;
  if (begunAt !== null || finishedAt !== null || view.admission.position === 0) return null;
  return { position: view.admission.position, reason: queueReason(view) };
}

function queueReason(view: RunView): string {
  const { holders } = view.admission;
  const { room = '' } = view.seen;
  if (room !== '') return room;
  return holders.length === 0 ? 'next in line' : `waits for ${holders.join(', ')}`;
}

function inOrder(a: StepStatus, b: StepStatus): number {
  return (a.startedAt ?? '~').localeCompare(b.startedAt ?? '~');
}

/** When it was first seen that a step has died; nobody was there when it did. */
function lostAt({ state, startedAt }: StepSeen, { status, now }: RunView): string | null {
  if (state !== 'lost') return null;
  const started = startedAt?.toISOString() ?? null;
  const before = status.steps.find((each) => each.state === 'lost' && each.startedAt === started);
  return before?.finishedAt ?? now.toISOString();
}

function stepStatusOf(step: StepSeen, lost: string | null): StepStatus {
  return {
    name: step.step,
    attempt: step.attempt,
    state: step.state,
    startedAt: step.startedAt?.toISOString() ?? null,
    finishedAt: step.finishedAt?.toISOString() ?? lost,
    message: step.result?.message ?? step.problem,
  };
}

function stageOf(view: RunView, decision: Decision): StepName | null {
  if (decision.phase === 'Collecting') return 'evidence';
  if (decision.phase === 'Cleaning') return 'teardown';
  if (decision.action.do === 'retry') return view.planned[0] ?? null;
  return decision.phase === 'Running' ? view.work.step : null;
}

interface Change {
  readonly view: RunView;
  readonly base: TestRunStatusBody;
  readonly names: NamesOf;
}

function changedBy({ action }: Decision, change: Change): TestRunStatusBody {
  const { view, base } = change;
  switch (action.do) {
    case 'begin':
      return {
        ...base,
        begunAt: view.now.toISOString(),
        begunSteady: view.steady,
        slot: view.admission.number,
        wish: wishWritten(view),
        attempt: 1,
        queue: null,
        app: appOf(change, 1),
      };
    case 'retry':
      return { ...base, attempt: action.attempt, app: appOf(change, action.attempt) };
    case 'close':
      return closed(view, base);
    default:
      return base;
  }
}

function wishWritten({ docs }: RunView): string | null {
  return docs.spec === null || docs.spec.wish === '' ? null : docs.spec.wish;
}

function appOf({ view, names }: Change, attempt: number): { domain: string; stack: string } {
  const { recipe, source } = view.accepted?.run ?? { recipe: 'run', source: {} };
  return appNameOf(
    { recipe, pr: source.pr ?? null, uid: view.status.uid, attempt, zone: names.zone },
    names.key,
  );
}

function closed(view: RunView, base: TestRunStatusBody): TestRunStatusBody {
  const judgement = judge({
    wish: wishOf(view),
    cancel: cancelOf(view),
    expired: isExpired(view),
    planned: view.planned,
    seen: view.steps,
    attempts: base.attempt,
    scans: view.seen.steps.flatMap(({ attempt, scan }) => (scan ? [{ attempt, scan }] : [])),
  });
  const bump = view.accepted?.run.bump;
  const stood = view.steps.map(stoodOf);
  // With some of its changes taken back, a commit reaches no level, and nothing is said of all of it.
  const level = bump === undefined ? levelOf(stood) : null;
  const abraRulesJudged = abraRulesIn(view.steps);
  return {
    ...base,
    finishedAt: view.now.toISOString(),
    wish: base.wish ?? (base.begunAt === null ? wishWritten(view) : null),
    queue: null,
    verdict: judgement.verdict,
    level,
    levelSays: levelText(level, stood, abraRulesJudged),
    abraRulesJudged,
    cause: judgement.cause,
    message: bump === undefined ? judgement.message : `${bumpScope(bump)}: ${judgement.message}`,
  };
}

function conditionsOf(view: RunView, decision: Decision, next: TestRunStatusBody): Condition[] {
  const wanted: NewCondition[] = [acceptance(view)];
  if (next.begunAt !== null) wanted.push(cleanliness(view), stalling(view));
  if (decision.action.do === 'close') {
    const passed = next.verdict === 'Passed';
    wanted.push(
      { type: 'Finished', status: 'True', reason: next.verdict ?? 'Unknown', message: next.message },
      {
        type: 'Succeeded',
        status: passed ? 'True' : 'False',
        reason: next.cause?.reason ?? next.verdict ?? 'Unknown',
        message: next.message,
      },
    );
  }
  // A closed run keeps what it said when it was closed.
  if (view.status.finishedAt !== null) return [...view.status.conditions];
  return wanted.reduce((all, each) => withCondition(all, each, view.now), [...view.status.conditions]);
}

function cleanliness(view: RunView): NewCondition {
  if (view.seen.stack === null)
    return { type: 'Cleaned', status: 'Unknown', reason: 'SwarmNotSeen', message: view.seen.blindness };
  if (view.leftovers.length === 0)
    return {
      type: 'Cleaned',
      status: 'True',
      reason: 'NothingLeft',
      message: 'The swarm and this machine show nothing of the run.',
    };
  return {
    type: 'Cleaned',
    status: 'False',
    reason: 'InUse',
    message: `${counted(view.leftovers.length, 'thing')} still there.`,
  };
}

function stalling(view: RunView): NewCondition {
  if (!isStalled(view))
    return { type: 'Stalled', status: 'False', reason: 'Progressing', message: 'Nothing stands in the way.' };
  const message = `Teardown was tried ${view.lastTeardown?.round} times and still finds: ${view.leftovers.join(', ')}. Remove what holds them; teardown is tried again.`;
  return { type: 'Stalled', status: 'True', reason: 'LeftoversStay', message };
}

function runningMessage({ work }: RunView, { action }: Decision, next: TestRunStatusBody): string {
  if (action.do === 'stop') return `Stopping ${action.step}.`;
  if (action.do === 'retry')
    return `The step "${work.step}" was lost; everything is done once more, attempt ${next.attempt}.`;
  return `Running ${next.stage ?? 'the first step'}, attempt ${next.attempt}.`;
}

function messageFor(view: RunView, decision: Decision, next: TestRunStatusBody): string {
  if (view.status.finishedAt !== null || decision.action.do === 'close') return next.message;
  const invalid = invalidSince(view);
  return `${phaseMessage(view, decision, next)}${invalid === null ? '' : ` ${invalid}`}`;
}

function phaseMessage(view: RunView, decision: Decision, next: TestRunStatusBody): string {
  switch (decision.phase) {
    case 'Refused':
      return refusalOf(view).message;
    case 'Queued':
      return next.queue === null ? 'Admitted.' : `Queued (#${next.queue.position}): ${next.queue.reason}.`;
    case 'Running':
      return runningMessage(view, decision, next);
    case 'Collecting':
      return 'Keeping the evidence.';
    case 'Cleaning':
      return isStalled(view) ? stalling(view).message : 'Removing the app until nothing is left.';
    case 'Blind':
      return `Docker does not answer, so nothing is decided: ${view.seen.blindness}`;
    case 'Finished':
      return 'Removed.';
    default:
      return decision.phase satisfies never;
  }
}

/** What the steps of an attempt, seen together, say: the digest that the machine classifies. Pure. */
import type { StepName } from '../../api/stage.ts';
import type { StepSeen } from '../../ports.ts';

/**
 * `ready`: the next step can start. `lost`: a process died and left no result.
 * The rest says how the work is over: `stopped` is ours (a person or a limit), `passed` means that every step passed.
 */
export const WORK = [
  'ready',
  'running',
  'overdue',
  'lost',
  'timedout',
  'stopped',
  'passed',
  'failed',
  'errored',
  'unverified',
] as const;
export type WorkState = (typeof WORK)[number];

export interface Work {
  readonly state: WorkState;
  /** The step that decides: the next, the running, or the one that ended the work. */
  readonly step: StepName | null;
}

type Seen = Pick<StepSeen, 'step' | 'state' | 'stopReason'>;

/** The steps that a run's work consists of, in order. */
export function workSteps(stages: readonly StepName[]): StepName[] {
  return ['prepare', ...stages];
}

/** What follows if all goes well: null after the last. */
export function likelyNext(stages: readonly StepName[], step: StepName): StepName | null {
  const order: StepName[] = [...workSteps(stages), 'evidence', 'teardown'];
  return order[order.indexOf(step) + 1] ?? null;
}

/** What is wrong in the files does not hide what the app would say; what the policy refuses ends in `prepare`. */
const GOES_ON: ReadonlySet<StepName> = new Set(['lint']);

function stateOf(seen: Seen): WorkState | 'next' {
  switch (seen.state) {
    case 'absent':
      return 'ready';
    case 'stopped':
      return seen.stopReason === 'overdue' ? 'timedout' : 'stopped';
    case 'passed':
    case 'skipped':
    case 'unverified':
      return 'next';
    case 'failed':
      return GOES_ON.has(seen.step) ? 'next' : 'failed';
    case 'running':
    case 'overdue':
    case 'lost':
    case 'errored':
      return seen.state;
    default:
      return seen.state satisfies never;
  }
}

/** The first step that is not done decides; after a failure nothing more is started, but for one that judges the recipe without its app. */
export function workOf(planned: readonly StepName[], seen: readonly Seen[]): Work {
  for (const step of planned) {
    const found = seen.find((each) => each.step === step);
    const state = stateOf(found ?? { step, state: 'absent', stopReason: null });
    if (state !== 'next') return { state, step };
  }
  const red = seen.find((each) => each.state === 'failed' && planned.includes(each.step));
  if (red !== undefined) return { state: 'failed', step: red.step };
  const unjudged = seen.find((each) => each.state === 'unverified' && planned.includes(each.step));
  return unjudged === undefined
    ? { state: 'passed', step: null }
    : { state: 'unverified', step: unjudged.step };
}

/** Facts to phase and the one next thing to do, with all that whoever does it has to know. Pure. */
import type { StageStopped, StepName } from '../../api/stage.ts';
import type { Phase } from '../../api/test-run-status.ts';
import type { Facts } from './facts.ts';
import { type ActionKind, classify, type runMachine } from './machine.ts';

/** One try of one step. */
interface Try {
  readonly step: StepName;
  readonly attempt: number;
  readonly round: number;
}

export type Action =
  | { readonly do: 'rest' }
  | { readonly do: 'wait' }
  | { readonly do: 'begin' }
  | ({ readonly do: 'start' } & Try)
  | ({ readonly do: 'stop'; readonly reason: StageStopped['reason'] } & Try)
  | { readonly do: 'retry'; readonly attempt: number }
  | { readonly do: 'close' }
  | { readonly do: 'forget' };

export interface Decision {
  readonly leaf: string;
  readonly phase: Phase;
  readonly action: Action;
}

/** `machine` is another one only where a test asks what a changed chart would do. */
export function decide(facts: Facts, machine?: typeof runMachine): Decision {
  const { path, phase, action } = classify(facts, machine);
  return { leaf: path, phase, action: actionOf(action, facts) };
}

function actionOf(kind: ActionKind, facts: Facts): Action {
  const { step, attempt, round } = facts;
  switch (kind) {
    case 'startWork':
      return { do: 'start', step, attempt, round: 1 };
    case 'startEvidence':
      return { do: 'start', step: 'evidence', attempt, round: 1 };
    case 'startTeardown':
      return { do: 'start', step: 'teardown', attempt, round: round + 1 };
    case 'stopWork':
      return { do: 'stop', step, attempt, round: 1, reason: stopReasonOf(facts) };
    case 'stopEvidence':
      return { do: 'stop', step: 'evidence', attempt, round: 1, reason: 'overdue' };
    case 'stopTeardown':
      return { do: 'stop', step: 'teardown', attempt, round, reason: 'overdue' };
    case 'retry':
      return { do: 'retry', attempt: attempt + 1 };
    default:
      return { do: kind };
  }
}

/** A step that outlives being stopped keeps the reason that it was given first. */
function stopReasonOf({ stopReason, work, wish }: Facts): StageStopped['reason'] {
  if (stopReason !== null) return stopReason;
  if (work === 'overdue' || wish === 'run') return 'overdue';
  return wish === 'cancel' ? 'cancelled' : 'deleted';
}

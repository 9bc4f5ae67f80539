/** Waits until the app runs as asked and nothing of it is being replaced: hooks run in its containers. */
import type { StackSeen } from '../../ports.ts';
import { until } from '../../runtime/until.ts';
import { deadlineOf } from './app-steps.ts';
import type { App, Step, Tools } from '../step/context.ts';
import { type Judge, judgeOf, type Looked, makeLook, STACK_LOOK_MS } from './watch-stack.ts';
import { StageFailure } from '../step/report.ts';

/** The head, by its commit; null for a published version, which bears no commit. */
export async function awaitSettled(
  context: App & Pick<Tools, 'swarm'> & Step,
  commit: string | null,
): Promise<StackSeen> {
  const since = context.clock.now();
  return awaitRest(context, { since, judge: judgeOf(context, { commit, since }) });
}

export interface Rest {
  /** From when on the app has its time to become healthy. */
  readonly since: Date;
  readonly judge: Judge;
}

/** Throws what goes wrong as soon as waiting longer makes no sense. */
export async function awaitRest(
  context: App & Pick<Tools, 'swarm'> & Step,
  { since, judge }: Rest,
): Promise<StackSeen> {
  const { clock, wait } = context;
  const restOf = ({ seen, now }: Looked): StackSeen | undefined => {
    if (now.state === 'failed' && now.cause !== null)
      throw new StageFailure(now.fault ?? 'recipe', now.cause);
    return now.state === 'converged' ? seen : undefined;
  };
  return until(makeLook(context, judge), restOf, {
    every: STACK_LOOK_MS,
    deadline: deadlineOf(context, since),
    clock,
    wait,
    late: ({ now }) => {
      const cause = now.cause ?? { reason: 'NotSettled', message: 'The app keeps restarting.' };
      throw new StageFailure(now.fault ?? 'recipe', { evidence: now.waitingFor, ...cause });
    },
  });
}

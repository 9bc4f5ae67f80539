/** Waits until the app runs as asked and nothing of it is being replaced: hooks run in its containers. */
import type { StackSeen } from '../../ports.ts';
import { deadlineOf } from './app-steps.ts';
import type { StageContext } from '../step/context.ts';
import { type Judge, judgeOf, LOOK_MS, makeLook } from './watch-stack.ts';
import { StageFailure } from '../step/report.ts';

/** The head, by its commit; null for a published version, which bears no commit. */
export async function settled(context: StageContext, commit: string | null): Promise<StackSeen> {
  const since = context.clock.now();
  return atRest(context, { since, judge: judgeOf(context, { commit, since }) });
}

export interface Rest {
  /** From when on the app has its time to become healthy. */
  readonly since: Date;
  readonly judge: Judge;
}

/** Throws what goes wrong as soon as waiting longer makes no sense. */
export async function atRest(context: StageContext, { since, judge }: Rest): Promise<StackSeen> {
  const deadline = deadlineOf(context, since);
  const look = makeLook(context, judge);
  for (;;) {
    const { seen, now } = await look();
    if (now.state === 'converged') return seen;
    if (now.state === 'failed' && now.cause !== null)
      throw new StageFailure(now.fault ?? 'recipe', now.cause);
    if (context.clock.now() > deadline) {
      const cause = now.cause ?? { reason: 'NotSettled', message: 'The app does not come to rest.' };
      throw new StageFailure(now.fault ?? 'recipe', { evidence: now.waitingFor, ...cause });
    }
    await context.wait(LOOK_MS);
  }
}

/** Waits until the head runs and nothing of it is being replaced: hooks run in its containers. */
import type { StackSeen } from '../ports.ts';
import { deadlineOf } from './app-steps.ts';
import type { StageContext } from './context.ts';
import { LOOK_MS, makeLook } from './look.ts';
import { StageFailure } from './report.ts';

export async function settled(context: StageContext, commit: string): Promise<StackSeen> {
  const { clock } = context;
  const since = clock.now();
  const deadline = deadlineOf(context, since);
  const look = makeLook(context, { since, commit });
  for (;;) {
    const { seen, now } = await look();
    if (now.state === 'converged') return seen;
    if (now.state === 'failed' && now.cause !== null)
      throw new StageFailure(now.fault ?? 'recipe', now.cause);
    if (clock.now() > deadline) {
      const cause = now.cause ?? { reason: 'NotSettled', message: 'The app does not come to rest.' };
      throw new StageFailure(now.fault ?? 'recipe', { evidence: now.waitingFor, ...cause });
    }
    await context.wait(LOOK_MS);
  }
}

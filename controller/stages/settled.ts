/** Waits until the head runs and nothing of it is being replaced: hooks run in its containers. */
import { convergenceOf, type Expected } from '../domain/convergence.ts';
import { durationMs } from '../api/primitives.ts';
import type { StackSeen } from '../ports.ts';
import { deadlineOf } from './app-steps.ts';
import type { StageContext } from './context.ts';
import { chaosLabel } from './deploy.ts';
import { StageFailure } from './report.ts';

const LOOK_MS = 400;

export async function settled(context: StageContext, commit: string): Promise<StackSeen> {
  const { request, swarm, clock } = context;
  const { crashLoop } = request.settings;
  const since = clock.now();
  const deadline = deadlineOf(context, since);
  const expected: Expected = {
    version: { label: chaosLabel(request.app.stack), value: commit.slice(0, 8), service: 'app' },
    since,
    crashLoop: { restarts: crashLoop.restarts, withinMs: durationMs(crashLoop.within) },
  };
  for (;;) {
    const seen = await swarm.observe(request.app.stack);
    const now = convergenceOf(seen, expected, clock.now());
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

/** Waits until the app runs as asked and nothing of it is being replaced: hooks run in its containers. */
import { type Convergence, convergenceOf, type Expected } from '../domain/convergence.ts';
import { durationMs } from '../api/primitives.ts';
import type { StackSeen } from '../ports.ts';
import { deadlineOf } from './app-steps.ts';
import type { StageContext } from './context.ts';
import { chaosLabel } from './deploy.ts';
import { StageFailure } from './report.ts';

const LOOK_MS = 400;

/** The head, by its commit; null for a published version, which bears no commit. */
export async function settled(context: StageContext, commit: string | null): Promise<StackSeen> {
  const since = context.clock.now();
  const expected = expectedOf(context, { commit, since });
  return atRest(context, { since, judge: (seen, now) => convergenceOf(seen, expected, now) });
}

export function expectedOf(
  { request }: Pick<StageContext, 'request'>,
  { commit, since }: { readonly commit: string | null; readonly since: Date },
): Expected {
  const { crashLoop } = request.settings;
  const label = chaosLabel(request.app.stack);
  return {
    ...(commit === null ? {} : { version: { label, value: commit.slice(0, 8), service: 'app' } }),
    since,
    crashLoop: { restarts: crashLoop.restarts, withinMs: durationMs(crashLoop.within) },
  };
}

export interface Rest {
  /** From when on the app has its time to become healthy. */
  readonly since: Date;
  readonly judge: (seen: StackSeen, now: Date) => Convergence;
}

/** Throws what goes wrong as soon as waiting longer makes no sense. */
export async function atRest(context: StageContext, { since, judge }: Rest): Promise<StackSeen> {
  const { request, swarm, clock } = context;
  const deadline = deadlineOf(context, since);
  for (;;) {
    const seen = await swarm.observe(request.app.stack);
    const now = judge(seen, clock.now());
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

/** Watches a deploy until it has converged or failed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from './context.ts';
import { judge, type ServiceVerdict } from './converge.ts';
import { Fatal } from './log.ts';
import { observeStack } from './swarm.ts';

/** Tasks change state a few times a second at most, and a look costs three docker calls of 30 ms. */
const LOOK_EVERY_MS = 400;

/** Services and tasks are read in two calls, so a service that looks dead must look so twice. */
const STUCK_LOOKS = 3;

const listed = (verdicts: readonly ServiceVerdict[]) =>
  verdicts.map(({ name, says }) => `${name}: ${says}`).join('; ');

/** One progress line per change of a service. */
function makeProgress(context: Context): (verdicts: readonly ServiceVerdict[]) => void {
  const said = new Map<string, string>();
  return (verdicts) => {
    for (const { name, state, says } of verdicts) {
      const line = `${name}: ${state === 'settled' ? 'settled' : 'waiting'}, ${says}`;
      if (said.get(name) !== line) context.log.info(line);
      said.set(name, line);
    }
  };
}

/** Waits until every service runs its newest spec; FATA names the services that do not, and why. */
export async function waitForConvergence(context: Context, stack: string, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  const progress = makeProgress(context);
  let stuckLooks = 0;
  for (;;) {
    const verdicts = judge(await observeStack(context.docker, stack));
    progress(verdicts);
    const failed = verdicts.filter(({ state }) => state === 'failed');
    if (failed.length > 0) throw new Fatal(`deploy failed: ${listed(failed)}`);
    const stuck = verdicts.filter(({ state }) => state === 'stuck');
    stuckLooks = stuck.length > 0 ? stuckLooks + 1 : 0;
    if (stuckLooks >= STUCK_LOOKS) throw new Fatal(`deploy failed: ${listed(stuck)}`);
    const waiting = verdicts.filter(({ state }) => state !== 'settled');
    if (verdicts.length > 0 && waiting.length === 0) return;
    if (performance.now() >= deadline) {
      throw new Fatal(`deploy failed: deploy timed out after ${timeoutMs / 1000}s: ${listed(waiting)}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/** Ends a process with all its descendants, and makes sure that they are gone. */
import { until, within } from '../runtime/until.ts';

/** abra restores the terminal and ends its docker calls on TERM; after this it is killed. */
const TERM_GRACE_MS = 5_000;

/** The kernel needs a moment to reap a killed group. */
const KILL_GRACE_MS = 3_000;

/** A look is one system call. */
const GROUP_LOOK_MS = 50;

function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isGoneWithin(group: number, ms: number): Promise<boolean> {
  return until(
    async () => signalGroup(group, 0),
    (isThere) => (isThere ? undefined : true),
    {
      ...within(ms),
      every: GROUP_LOOK_MS,
      late: () => false,
    },
  );
}

/**
 * TERM to the whole group, then KILL, then a look: execa's own descendant kill left a TERM-ignoring
 * grandchild alive. Returns whether nothing is left.
 */
export async function stopGroup(group: number, graceMs = TERM_GRACE_MS): Promise<boolean> {
  signalGroup(group, 'SIGTERM');
  if (await isGoneWithin(group, graceMs)) return true;
  signalGroup(group, 'SIGKILL');
  return isGoneWithin(group, KILL_GRACE_MS);
}

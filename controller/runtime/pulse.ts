/** Whether the controllers of this process still work: a reconcile that has gone on for too long is stuck. */
import type { Clock } from '../ports.ts';

/** A reconcile takes milliseconds; one that talks to a forge waits at most for a few answers. */
const STUCK_MS = 5 * 60_000;

export interface Pulse {
  /** Whoever begins calls what this returns at the end. */
  began(key: string): () => void;
  /** A sentence about what has been going on for too long, or null. */
  problem(): string | null;
}

function msOf(clock: Clock): number {
  return clock.steady?.().ms ?? clock.now().getTime();
}

export function makePulse(clock: Clock): Pulse {
  const working = new Map<symbol, { readonly key: string; readonly since: number }>();
  return {
    began: (key) => {
      const turn = Symbol(key);
      working.set(turn, { key, since: msOf(clock) });
      return () => void working.delete(turn);
    },
    problem: () => {
      // In the order in which they began.
      const [oldest] = working.values();
      if (oldest === undefined) return null;
      const minutes = Math.floor((msOf(clock) - oldest.since) / 60_000);
      return minutes * 60_000 < STUCK_MS
        ? null
        : `The reconcile of ${oldest.key} has not ended for ${minutes} minutes.`;
    },
  };
}

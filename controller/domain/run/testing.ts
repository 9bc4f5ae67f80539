/** Facts of a run that is going on, for tests. */
import type { Facts } from './facts.ts';

/** A run that holds a slot, and whose next step is ready to be started. */
export function factsWith(changed: Partial<Facts> = {}): Facts {
  return {
    wish: 'run',
    document: 'accepted',
    closed: false,
    begun: true,
    slot: true,
    expired: false,
    work: 'ready',
    retry: true,
    evidence: 'absent',
    teardown: 'idle',
    leftovers: 'none',
    attempt: 1,
    step: 'install',
    stopReason: null,
    round: 0,
    ...changed,
  };
}

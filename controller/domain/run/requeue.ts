/** When to look again, in milliseconds, if no event says so earlier; null for never. A deadline, never a spin. Pure. */
import type { Decision } from './decide.ts';
import type { RunView } from './facts-of.ts';

/** While a stage runs: an exit or a touched signal file comes earlier; this is for those that were missed. */
const RUNNING_MS = 5_000;
/** While nothing runs, and a teardown rests: Docker tells of what changes meanwhile. */
const RESTING_MS = 30_000;
/** While Docker does not answer. */
const BLIND_MS = 2_000;

export function requeueAfter(view: RunView, decision: Decision): number | null {
  switch (decision.action.do) {
    case 'begin':
    case 'retry':
    case 'stop':
      return 0;
    case 'start':
      return RUNNING_MS;
    case 'rest':
    case 'close':
      return null;
    case 'forget':
      // What is written under its name is another run, and nobody may have told of it since.
      return view.docs.spec === null ? null : 0;
    case 'wait':
      return waitMs(view, decision);
    default:
      return decision.action satisfies never;
  }
}

function waitMs(view: RunView, decision: Decision): number | null {
  // Its own place in the queue shows only once it is written; whoever closes a run wakes those whose turn it is.
  if (decision.phase === 'Queued') return view.status.phase === 'Queued' ? null : 0;
  if (decision.phase === 'Blind') return BLIND_MS;
  const deadlines = view.steps
    .filter((step) => step.state === 'running')
    .map((step) => step.deadline?.getTime() ?? Infinity);
  const rest = view.restUntil !== null && view.restUntil > view.now ? view.restUntil.getTime() : Infinity;
  const next = Math.min(rest, ...deadlines) - view.now.getTime();
  const longest = deadlines.length === 0 && rest < Infinity ? RESTING_MS : RUNNING_MS;
  return Math.max(10, Math.min(longest, next + 1));
}

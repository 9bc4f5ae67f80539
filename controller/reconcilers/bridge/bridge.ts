/** The bridge: from comments on the forge to runs. The poll is the source of truth; a webhook only says to look now. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Controller,
  type Feed,
  keyOf,
  type Reconciler,
  type Source,
} from '../../runtime/controllers.ts';
import { messageOf } from '../../runtime/errors.ts';
import { makeWorkQueue } from '../../runtime/work-queue.ts';
import { listNudges } from '../../store/nudges.ts';
import type { BridgeDeps, RepositoryKey } from './deps.ts';
import { makeHints } from './hints.ts';
import { makeMembers } from './members.ts';
import { makePoll } from './poll.ts';
import { makeRecipes } from './recipes.ts';
import { makeRepositoryReconciler } from './repository.ts';

export interface Bridge {
  /** Says what is to be looked at. */
  poll(): Promise<RepositoryKey[]>;
  readonly reconcile: Reconciler;
}

/** Repositories at once: none of them waits for another's slow answer, and the forge is not stormed. */
const WORKERS = 4;

export function makeBridge(deps: BridgeDeps): Bridge {
  const [recipes, members, hints] = [makeRecipes(deps), makeMembers(deps), makeHints(deps.clock)];
  const { poll, outageOf } = makePoll({ ...deps, recipes, members, hints });
  return { poll, reconcile: makeRepositoryReconciler({ ...deps, recipes, members, hints, outageOf }) };
}

/** A webhook's nudge is to be added to its queue as `keyOf('repository', recipe)`. */
export function bridgeController(deps: BridgeDeps): Controller<RepositoryKey> {
  const { poll, reconcile } = makeBridge(deps);
  return {
    name: 'bridge',
    reconcile,
    queue: makeWorkQueue(),
    sources: [nudged(deps), polling(deps, poll)],
    workers: WORKERS,
  };
}

/** What was on disk when the process before this one ended. */
function nudged({ layout }: BridgeDeps): Source<RepositoryKey> {
  return async ({ add }) => {
    for (const { recipe } of await listNudges(layout)) add(keyOf('repository', recipe));
    return () => Promise.resolve();
  };
}

/** At once, and then again and again. Nobody waits for the first: the forge may not be there. */
function polling({ config }: BridgeDeps, poll: Bridge['poll']): Source<RepositoryKey> {
  return (feed) => {
    const ended = pollUntil(feed, config.pollMs, poll);
    return Promise.resolve(() => ended);
  };
}

async function pollUntil(
  { add, log, signal }: Feed<RepositoryKey>,
  ms: number,
  poll: Bridge['poll'],
): Promise<void> {
  while (!signal.aborted)
    try {
      for (const key of await poll()) add(key);
      await delay(ms, undefined, { signal });
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ error: messageOf(error) }, 'the bridge cannot poll; it is tried again');
      await delay(ms, undefined, { signal }).catch(() => undefined);
    }
}

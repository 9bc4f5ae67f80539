/** Several controllers in one process: each has a queue, sources that fill it, and a reconcile that works it off. */
import { setTimeout as delay } from 'node:timers/promises';
import { Conflict, messageOf, Terminal, Waiting } from './errors.ts';
import type { Log } from './log.ts';
import type { Pulse } from './pulse.ts';
import type { WorkQueue } from './work-queue.ts';

/** A name with its kind, `testrun/ghost-1`: a recipe's name is never taken for a run's. */
export type Key<Kind extends string = string> = `${Kind}/${string}`;

export function keyOf<Kind extends string>(kind: Kind, name: string): Key<Kind> {
  return `${kind}/${name}`;
}

export function nameOf(key: Key): string {
  return key.slice(key.indexOf('/') + 1);
}

/** When to look again, if nothing says so earlier; null for never. */
export interface Reconciled {
  readonly requeueAfterMs: number | null;
}
/** Called with the name alone: the kind is its controller's. */
export type Reconciler = (name: string) => Promise<Reconciled>;

export interface Feed<K extends Key> {
  readonly add: (key: K) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Adds keys until the signal. Resolves once nothing that happens from now on is missed, with how to wait for its end. */
export type Source<K extends Key> = (feed: Feed<K>) => Promise<() => Promise<void>>;

export interface Controller<K extends Key> {
  readonly name: string;
  readonly reconcile: Reconciler;
  readonly queue: WorkQueue<K>;
  /** Started one after the other. */
  readonly sources: readonly Source<K>[];
  /** So many keys at once: none of them waits for another's slow call. */
  readonly workers: number;
}

export interface ControllersDeps {
  readonly log: Log;
  /** Counts reconciles, so that a test can say how many a run takes. */
  readonly counted?: ((key: Key) => void) | undefined;
  /** Told when a reconcile begins and ends. */
  readonly pulse?: Pulse | undefined;
}

export interface Controllers {
  addController<K extends Key>(controller: Controller<K>): void;
  /** Resolves once every source is listening and the workers work, with how to wait for the end that the signal brings. */
  start(signal: AbortSignal): Promise<() => Promise<void>>;
}

/** What a person must mend first is looked at when something changes, and rarely without. */
const TERMINAL_MS = 10 * 60_000;

export function makeControllers(deps: ControllersDeps): Controllers {
  const starts: ((signal: AbortSignal) => Promise<() => Promise<void>>)[] = [];
  return {
    addController: (controller) => void starts.push((signal) => startOne(controller, deps, signal)),
    start: async (signal) => {
      const ends = await Promise.all(starts.map((start) => start(signal)));
      return async () => void (await Promise.all(ends.map((end) => end())));
    },
  };
}

async function startOne<K extends Key>(
  controller: Controller<K>,
  deps: ControllersDeps,
  signal: AbortSignal,
): Promise<() => Promise<void>> {
  const { queue, sources, workers } = controller;
  const feed = { add: queue.add, log: deps.log, signal };
  const ends: (() => Promise<void>)[] = [];
  // In order: what lists everything comes after those that tell of changes, or a change between the two would be missed.
  for (const source of sources) ends.push(await source(feed));
  if (signal.aborted) queue.close();
  else signal.addEventListener('abort', queue.close, { once: true });
  const working = queue.run(workers, workOf(controller, deps, signal));
  return async () => void (await Promise.all([working, ...ends.map((end) => end())]));
}

/** Works off one key. Errors are told apart by class; every other key goes on. */
function workOf<K extends Key>(
  { name, reconcile, queue }: Controller<K>,
  { log, counted, pulse }: ControllersDeps,
  signal: AbortSignal,
): (key: K) => Promise<void> {
  /** What is known of keys that failed the last time: the log says it once, not at each try. */
  const failing = new Map<K, string>();
  const failed = (key: K, error: unknown): void => {
    if (error instanceof Conflict) return queue.add(key);
    // What is broken off at the end is done by the next process, and nobody's fault.
    const isNews = failing.get(key) !== messageOf(error) && !signal.aborted;
    failing.set(key, messageOf(error));
    log[isNews ? 'error' : 'debug']({ controller: name, key, ...detailOf(error) }, 'reconcile failed');
    if (error instanceof Waiting) return queue.addAfter(key, error.ms);
    if (!(error instanceof Terminal)) return queue.addWithBackOff(key);
    queue.forget(key);
    queue.addAfter(key, TERMINAL_MS);
  };
  return async (key) => {
    counted?.(key);
    const ended = pulse?.began(key);
    try {
      const { requeueAfterMs } = await reconcile(nameOf(key));
      queue.forget(key);
      if (failing.delete(key)) log.info({ controller: name, key }, 'reconcile works again');
      if (requeueAfterMs === 0) queue.add(key);
      else if (requeueAfterMs !== null) queue.addAfter(key, requeueAfterMs);
    } catch (error) {
      failed(key, error);
    } finally {
      ended?.();
    }
  };
}

function detailOf(error: unknown): object {
  if (error instanceof Terminal) return { reason: error.reason, error: error.message };
  if (error instanceof Waiting) return { waitsMs: error.ms, error: error.message };
  return { error: messageOf(error), stack: error instanceof Error ? error.stack : undefined };
}

/** A source that adds keys again and again, the first time after `first`: what nothing else tells is found by it. The start does not wait for it. */
export function every<K extends Key>(
  ms: number,
  list: () => readonly K[] | Promise<readonly K[]>,
  first: number = ms,
): Source<K> {
  return async (feed) => {
    const ended = ticking({ first, later: ms }, list, feed);
    return () => ended;
  };
}

async function ticking<K extends Key>(
  pauses: { readonly first: number; readonly later: number },
  list: () => readonly K[] | Promise<readonly K[]>,
  { add, log, signal }: Feed<K>,
): Promise<void> {
  let ms = pauses.first;
  while (!signal.aborted) {
    try {
      await delay(ms, undefined, { signal });
      ms = pauses.later;
      for (const key of await list()) add(key);
    } catch (error) {
      if (!signal.aborted) log.warn({ error: messageOf(error) }, 'keys cannot be listed; it is tried again');
    }
  }
}

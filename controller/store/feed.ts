/** Tells whoever wants to know which runs have changed. A reader that is slow, or goes without a word, costs a bounded set of names. */

/** Beyond so many names a reader does better to list everything anew. */
const MOST_NAMES = 1_000;

/** Names of runs whose spec or status changed; `all` where they were too many to keep. */
export type Changed = ReadonlySet<string> | 'all';

export interface Subscription {
  /** What changed since the last call, as soon as anything has; null once it is closed. Only one call may wait at a time. */
  next(): Promise<Changed | null>;
  close(): void;
}

export interface Feed {
  /** Never waits, and nothing that a reader does can make it fail. */
  publish(name: string): void;
  /** Knows of everything that is published from now on. */
  subscribe(): Subscription;
}

/** Calls back with what has changed, one call after the other, until the signal; knows of everything from the call on. What the callback throws ends it. */
export async function follow(
  feed: Pick<Feed, 'subscribe'>,
  signal: AbortSignal,
  each: (changed: Changed) => void | Promise<void>,
): Promise<void> {
  const subscription = feed.subscribe();
  if (signal.aborted) subscription.close();
  else signal.addEventListener('abort', () => subscription.close(), { once: true });
  for (let changed = await subscription.next(); changed !== null; changed = await subscription.next())
    await each(changed);
}

export function makeFeed(most = MOST_NAMES): Feed {
  const readers = new Set<Reader>();
  return {
    publish: (name) => {
      for (const reader of readers) reader.add(name);
    },
    subscribe: () => {
      const reader = new Reader(most, () => readers.delete(reader));
      readers.add(reader);
      return reader;
    },
  };
}

class Reader implements Subscription {
  readonly #most: number;
  readonly #leave: () => void;
  #names = new Set<string>();
  #all = false;
  #closed = false;
  /** Of the call that waits. */
  #wake: () => void = () => undefined;

  constructor(most: number, leave: () => void) {
    this.#most = most;
    this.#leave = leave;
  }

  add(name: string): void {
    if (!this.#all) this.#names.add(name);
    if (this.#names.size > this.#most) {
      this.#all = true;
      this.#names.clear();
    }
    this.#wake();
  }

  async next(): Promise<Changed | null> {
    while (!this.#closed && !this.#all && this.#names.size === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    if (this.#closed) return null;
    const changed = this.#all ? 'all' : this.#names;
    this.#names = new Set();
    this.#all = false;
    return changed;
  }

  close(): void {
    this.#closed = true;
    this.#names.clear();
    this.#leave();
    this.#wake();
  }
}

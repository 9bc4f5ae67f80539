/** Runs that somebody follows: one look at each serves all who follow it, and nobody looks at a run that nobody follows. */
import { type Feed, follow } from '../store/feed.ts';
import type { LogPart } from '../store/log-part.ts';
import type { StepDir } from '../store/step-files.ts';
import { withoutPlaces, withTexts } from './public-run.ts';
import { type Publication, publicationOf } from './published.ts';
import type { Viewer } from './reading.ts';
import { readRun, type RunView } from './runs.ts';
import { withoutCredentials } from './text.ts';

export interface Look {
  readonly run: RunView;
  readonly publication: Publication;
}

export interface Watch {
  /** The run as it is now, not older than the last turn; null where it is gone. */
  look(): Promise<Look | null>;
  /** Lines of a step's log from a byte on; `fresh` where they must not be older than the call. */
  part(uid: string, step: StepDir, at: { readonly from: number; readonly fresh: boolean }): Promise<LogPart>;
  /** Resolves when it is time to look again: the status changed, or a while has gone by; at once after `leave`. */
  turn(): Promise<void>;
  leave(): void;
}

export interface WatchedRuns {
  join(name: string): Watch;
}

/** A log grows without a word, so it is looked for; `ccci-ctl logs -f` does the same. */
const LOOK_MS = 300;
/** One message to one follower: what a slow one may hold in memory. */
const PART_BYTES = 64 * 1024;
/** Those who stand at the end of a log read the same part; who catches up passes through others. */
const MOST_PARTS = 16;

type Reader = Pick<Viewer, 'reading' | 'now'>;

export function watchRuns(viewer: Reader, feed: Pick<Feed, 'subscribe'>, signal: AbortSignal): WatchedRuns {
  const watched = new Map<string, Shared>();
  void follow(feed, signal, (changed) => {
    const names = changed === 'all' ? watched.keys() : changed;
    for (const name of names) watched.get(name)?.next();
  });
  return {
    join: (name) => {
      const shared = watched.get(name) ?? new Shared(viewer, name);
      watched.set(name, shared);
      return shared.join(() => watched.delete(name));
    },
  };
}

class Shared {
  readonly #viewer: Reader;
  readonly #name: string;
  readonly #waiting = new Set<() => void>();
  #parts = new Map<string, Promise<LogPart>>();
  #look: Promise<Look | null> | null = null;
  #followers = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(viewer: Reader, name: string) {
    this.#viewer = viewer;
    this.#name = name;
  }

  join(onEmpty: () => void): Watch {
    this.#followers += 1;
    this.#timer ??= setInterval(() => this.next(), LOOK_MS);
    let left = false;
    let wake = (): void => undefined;
    return {
      look: () => (this.#look ??= this.#read()),
      part: (uid, step, at) => this.#part(uid, step, at),
      turn: async () => {
        if (left) return;
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        this.#waiting.add(resolve);
        await promise;
      },
      leave: () => {
        if (left) return;
        left = true;
        this.#waiting.delete(wake);
        wake();
        this.#followers -= 1;
        if (this.#followers > 0) return;
        if (this.#timer !== null) clearInterval(this.#timer);
        onEmpty();
      },
    };
  }

  /** What was read is forgotten, and everybody who waits is called. */
  next(): void {
    this.#look = null;
    this.#parts = new Map();
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of all) wake();
  }

  async #read(): Promise<Look | null> {
    const read = await readRun(this.#viewer, this.#name);
    if (read === null) return null;
    // As pages and the API show it: no credentials, and no paths of this machine.
    const run = withTexts(read, (text) =>
      withoutPlaces(withoutCredentials(text), this.#viewer.reading.stateDir),
    );
    return { run, publication: await publicationOf(this.#viewer, run) };
  }

  #part(
    uid: string,
    step: StepDir,
    { from, fresh }: { readonly from: number; readonly fresh: boolean },
  ): Promise<LogPart> {
    const key = `${uid} ${step.name} ${from}`;
    const known = fresh ? undefined : this.#parts.get(key);
    if (known !== undefined) return known;
    const read = this.#viewer.reading.logPart(uid, step, { from, most: PART_BYTES });
    this.#parts.set(key, read);
    const [oldest] = this.#parts.keys();
    if (this.#parts.size > MOST_PARTS && oldest !== undefined) this.#parts.delete(oldest);
    return read;
  }
}

/**
 * A keyed work queue as client-go has it: a key is worked on by one worker at a time, added again while it is worked on
 * it comes back once, and it can be added with a delay or with back-off. Keys say where to look, never what is true.
 */

export interface WorkQueue<K extends string = string> {
  add(key: K): void;
  addAfter(key: K, ms: number): void;
  /** Later each time: 200 ms, doubled up to a minute. `forget` resets it. */
  addWithBackOff(key: K): void;
  forget(key: K): void;
  /** Works until `close`, `workers` keys at a time. Resolves when the last worker is done. */
  run(workers: number, work: (key: K) => Promise<void>): Promise<void>;
  close(): void;
}

export interface Timers {
  set(run: () => void, ms: number): unknown;
  clear(timer: unknown): void;
}

const FIRST_BACK_OFF_MS = 200;
const LAST_BACK_OFF_MS = 60_000;

export const systemTimers: Timers = {
  set: (run, ms) => setTimeout(run, ms),
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

export function makeWorkQueue<K extends string = string>(timers: Timers = systemTimers): WorkQueue<K> {
  const ready = new Set<K>();
  const working = new Set<K>();
  const again = new Set<K>();
  const delayed = new Map<K, { timer: unknown; at: number }>();
  const failures = new Map<K, number>();
  let wake: (() => void)[] = [];
  let closed = false;

  const wakeAll = (): void => {
    const waiting = wake;
    wake = [];
    for (const each of waiting) each();
  };
  const add = (key: K): void => {
    if (closed) return;
    if (working.has(key)) again.add(key);
    else ready.add(key);
    wakeAll();
  };
  const addAfter = (key: K, ms: number): void => {
    if (closed) return;
    const at = performance.now() + ms;
    const old = delayed.get(key);
    // The earlier of two delays wins: an event must not postpone a deadline.
    if (old !== undefined && old.at <= at) return;
    if (old !== undefined) timers.clear(old.timer);
    const timer = timers.set(() => {
      delayed.delete(key);
      add(key);
    }, ms);
    delayed.set(key, { timer, at });
  };
  const worker = async (work: (key: K) => Promise<void>): Promise<void> => {
    while (!closed) {
      const [key] = ready;
      if (key === undefined) {
        await new Promise<void>((done) => wake.push(done));
        continue;
      }
      ready.delete(key);
      working.add(key);
      try {
        await work(key);
      } finally {
        working.delete(key);
        if (again.delete(key)) add(key);
      }
    }
  };

  return {
    add,
    addAfter,
    addWithBackOff: (key) => {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      addAfter(key, Math.min(LAST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** count));
    },
    forget: (key) => void failures.delete(key),
    run: async (workers, work) => {
      await Promise.all(Array.from({ length: workers }, () => worker(work)));
    },
    close: () => {
      closed = true;
      for (const { timer } of delayed.values()) timers.clear(timer);
      delayed.clear();
      wakeAll();
    },
  };
}

import { expect, it, onTestFinished } from 'vitest';
import { every, type Key, keyOf, makeControllers, nameOf, type Reconciler } from './controllers.ts';
import { Conflict, Terminal, Waiting } from './errors.ts';
import { type Log, silentLog } from './log.ts';
import type { Pulse } from './pulse.ts';
import { makeWorkQueue, type WorkQueue } from './work-queue.ts';

const WAIT = { timeout: 10_000, interval: 2 };
type Said = readonly [level: string, fields: object, message: string];

/** Two controllers on one log; delays are kept instead of waited for. */
function process(reconcilers: { one: Reconciler; two?: Reconciler }, pulse?: Pulse) {
  const said: Said[] = [];
  const into =
    (level: string): Log['info'] =>
    (fields, message) =>
      void said.push([level, fields, message]);
  const log = { debug: into('debug'), info: into('info'), warn: into('warn'), error: into('error') };
  const delays: { ms: number; run: () => void }[] = [];
  const timers = {
    set: (run: () => void, ms: number) => delays.push({ ms, run }),
    clear: () => undefined,
  };
  const stop = new AbortController();
  const controllers = makeControllers({ log, pulse });
  const add = <Kind extends string>(kind: Kind, reconcile: Reconciler): WorkQueue<Key<Kind>> => {
    const queue = makeWorkQueue<Key<Kind>>(timers);
    controllers.addController({ name: kind, reconcile, queue, workers: 2, sources: [] });
    return queue;
  };
  const one = add('one', reconcilers.one);
  const two = add('two', reconcilers.two ?? (async () => ({ requeueAfterMs: null })));
  return {
    one,
    two,
    said,
    delays,
    stop,
    start: async () => {
      const ended = await controllers.start(stop.signal);
      onTestFinished(async () => {
        stop.abort();
        await ended();
      });
    },
  };
}

it('says of which kind a name is', () => {
  expect(keyOf('testrun', 'a/b')).toBe('testrun/a/b');
  expect(nameOf('testrun/a/b')).toBe('a/b');
});

it('says when a reconcile begins and ends, also where it fails', async () => {
  const told: string[] = [];
  const pulse: Pulse = {
    began: (key) => {
      told.push(`began ${key}`);
      return () => void told.push(`ended ${key}`);
    },
    problem: () => null,
  };
  const world = process({ one: () => Promise.reject(new Terminal('No', 'No.')) }, pulse);
  await world.start();
  world.one.add('one/web');
  await expect.poll(() => told, WAIT).toEqual(['began one/web', 'ended one/web']);
});

it('gives a name to the controller of its kind alone', async () => {
  const seen: string[] = [];
  const world = process({
    one: async (name) => (seen.push(`one ${name}`), { requeueAfterMs: null }),
    two: async (name) => (seen.push(`two ${name}`), { requeueAfterMs: null }),
  });
  await world.start();
  world.one.add('one/web');
  world.two.add('two/wiki');
  await expect.poll(() => seen.sort(), WAIT).toEqual(['one web', 'two wiki']);
});

it.each([
  {
    because: 'what somebody wrote meanwhile is looked at again at once',
    error: new Conflict('c'),
    tries: 2,
    delays: [],
  },
  { because: 'who waits says for how long', error: new Waiting(777, 'w'), tries: 1, delays: [777] },
  {
    because: 'what a person must mend is not tried again soon',
    error: new Terminal('R', 't'),
    tries: 1,
    delays: [600_000],
  },
  { because: 'anything else is tried again with back-off', error: new Error('e'), tries: 1, delays: [200] },
])('$because', async ({ error, tries, delays }) => {
  let tried = 0;
  const world = process({
    one: async () => {
      tried++;
      if (tried === 1) throw error;
      return { requeueAfterMs: null };
    },
  });
  await world.start();
  world.one.add('one/web');
  await expect.poll(() => [tried, world.delays.map(({ ms }) => ms)], WAIT).toEqual([tries, delays]);
});

it('backs off anew after a person had to mend something', async () => {
  const errors = [new Error('e'), new Error('e'), new Terminal('R', 't'), new Error('e')];
  const world = process({
    one: async () => {
      throw errors.shift() ?? new Conflict('over');
    },
  });
  await world.start();
  world.one.add('one/web');
  for (const wanted of [[200], [200, 400], [200, 400, 600_000], [200, 400, 600_000, 200]]) {
    await expect.poll(() => world.delays.map(({ ms }) => ms), WAIT).toEqual(wanted);
    if (wanted.length < 4) world.delays.at(-1)?.run();
  }
});

it('says once what fails again and again, and that it works again', async () => {
  const errors = ['full', 'full', 'full', 'else'];
  const world = process({
    one: async () => {
      const message = errors.shift();
      if (message !== undefined) throw new Error(message);
      return { requeueAfterMs: null };
    },
  });
  await world.start();
  world.one.add('one/web');
  for (let tries = 1; tries <= 4; tries++) {
    await expect.poll(() => world.delays.length, WAIT).toBe(tries);
    world.delays.at(-1)?.run();
  }
  const told = (): unknown[] =>
    world.said
      .filter(([level]) => level !== 'debug')
      .map(([level, fields, message]) => [level, 'error' in fields ? fields.error : null, message]);
  await expect.poll(told, WAIT).toEqual([
    ['error', 'full', 'reconcile failed'],
    ['error', 'else', 'reconcile failed'],
    ['info', null, 'reconcile works again'],
  ]);
});

it('does not call it a failure where its own end breaks something off', async () => {
  const { promise: isBegun, resolve: begun } = Promise.withResolvers<void>();
  const { promise: brokenOff, reject: breakOff } = Promise.withResolvers<never>();
  const world = process({
    one: () => {
      begun();
      return brokenOff;
    },
  });
  await world.start();
  world.one.add('one/web');
  await isBegun;
  world.stop.abort();
  breakOff(new Error('This operation was aborted'));
  await expect.poll(() => world.said.map(([level]) => level), WAIT).toEqual(['debug']);
});

it('starts the sources of a controller in their order, each once the one before listens', async () => {
  const order: string[] = [];
  const stop = new AbortController();
  const controllers = makeControllers({ log: silentLog });
  const source = (name: string) => async () => {
    order.push(`${name} starts`);
    await new Promise(setImmediate);
    order.push(`${name} listens`);
    return async () => void order.push(`${name} ended`);
  };
  controllers.addController<Key<'one'>>({
    name: 'one',
    reconcile: async () => ({ requeueAfterMs: null }),
    queue: makeWorkQueue(),
    workers: 1,
    sources: [source('a'), source('b')],
  });
  const ended = await controllers.start(stop.signal);
  expect(order).toEqual(['a starts', 'a listens', 'b starts', 'b listens']);
  stop.abort();
  await ended();
  expect(order.slice(4).sort()).toEqual(['a ended', 'b ended']);
});

it('lists again and again, also after a listing that failed', async () => {
  const stop = new AbortController();
  const added: string[] = [];
  let listings = 0;
  const ended = await every<Key<'one'>>(1, async () => {
    listings++;
    if (listings === 1) throw new Error('no such folder');
    return ['one/web'];
  })({
    add: (key) => void added.push(key),
    log: silentLog,
    signal: stop.signal,
  });
  await expect.poll(() => added.length, WAIT).toBeGreaterThan(1);
  stop.abort();
  await ended();
});

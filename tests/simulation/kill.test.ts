/** Whatever is killed, whenever: the next controller ends the run with the same true verdict and a clean swarm. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import type { TestRunStatusBody } from '../../controller/api/test-run-status.ts';
import { reap } from '../../controller/reconcilers/reaper.ts';
import { systemClock } from '../../controller/runtime/clock.ts';
import { installationOf } from '../../controller/runtime/identity.ts';
import { makeServers } from '../../controller/runtime/servers.ts';
import { silentLog } from '../../controller/runtime/log.ts';
import { makeStages } from '../../controller/host/runner.ts';
import { openStore } from '../../controller/store/file-store.ts';
import { hold, isFinished, isRunning, killStep, startedIn, stepDir } from './hands.ts';
import { makeWorld, type World, type WorldOptions } from './world.ts';

/** Worlds at a time: a run mostly waits for processes to start, and there are two processors. */
const LANES = 4;

const worlds = new Set<World>();
function open(options?: WorldOptions): World {
  const world = makeWorld(options);
  worlds.add(world);
  return world;
}
async function shut(world: World): Promise<void> {
  worlds.delete(world);
  await world.stop();
  world.destroy();
}
// Not after each: they go at once, and another's world is not ours to end.
afterAll(async () => {
  await Promise.all([...worlds].map(shut));
});

type Controller = ReturnType<World['start']>;

async function killed(controller: Controller): Promise<void> {
  controller.kill('SIGKILL');
  await controller;
}

/** What is left of any run, wherever it could be. */
async function traces(world: World): Promise<object> {
  const { layout } = world;
  const inFolder = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);
  return {
    ...(await world.leftovers()),
    abra: inFolder(layout.abraDir('.')),
    secrets: inFolder(layout.secretsDir('.')),
    asides: readdirSync(layout.root, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /(^|\/)\.[^/]*\.tmp$/.test(file),
    ),
  };
}
const NOTHING = { swarm: [], processes: 0, abra: [], secrets: [], asides: [] };

function ending(status: TestRunStatusBody | null): object | null {
  if (status === null) return null;
  const { verdict, level, cause, attempt, phase, conditions, leftovers } = status;
  const said = conditions.map((each) => `${each.type}=${each.status}/${each.reason}`).sort();
  return { verdict, level, reason: cause?.reason ?? null, attempt, phase, said, leftovers };
}

interface Life {
  readonly because: string;
  readonly fate: NonNullable<WorldOptions['fate']>;
  /** Done once the install runs. */
  readonly wish?: (world: World) => void;
  readonly verdict: string | null;
}

const LIVES: readonly Life[] = [
  { because: 'passes', fate: 'healthy', verdict: 'Passed' },
  { because: 'fails', fate: 'crashes', verdict: 'Failed' },
  {
    because: 'is cancelled',
    fate: 'hangs',
    wish: (world) => world.addRun('one', { cancel: true }),
    verdict: 'Cancelled',
  },
  { because: 'is deleted', fate: 'hangs', wish: (world) => world.removeRun('one'), verdict: null },
];

/** Lives one life; where `killAfter` is not 0, with a first controller that kills itself after its n-th write. */
async function live(life: Life, killAfter: number): Promise<{ end: object | null; wasKilled: boolean }> {
  const world = open({ fate: life.fate });
  world.addRun('one');
  const first = world.start(killAfter);
  let current = first;
  const revived = first.then((result) => {
    if (result.signal === 'SIGKILL') current = world.start();
    return result.signal === 'SIGKILL';
  });
  if (life.wish !== undefined) {
    await world.until(`install runs (kill after ${killAfter})`, isRunning(world, 'install'));
    life.wish(world);
  }
  const isOver = life.verdict === null ? () => world.status('one') === null : isFinished(world);
  await world.until(`over (kill after ${killAfter})`, isOver);
  const told = current;
  told.kill('SIGTERM');
  // The last write may be the end of it already: then the controller dies after it. Told twice, one ends at once.
  const wasKilled = await revived;
  if (current !== told) current.kill('SIGTERM');
  await current;
  expect(await traces(world), `kill after write ${killAfter}`).toEqual(NOTHING);
  const end = ending(world.status('one'));
  if (end === null) expect(readdirSync(world.layout.runs)).toEqual([]);
  await shut(world);
  return { end, wasKilled };
}

describe.each(LIVES)('a run that $because', (life) => {
  it('ends the same, whichever write of the controller was its last', async () => {
    const { end } = await live(life, 0);
    if (life.verdict === null) expect(end).toBeNull();
    else expect(end).toMatchObject({ verdict: life.verdict, attempt: 1, phase: 'Finished', leftovers: [] });
    let next = 1;
    let killedAt = 0;
    let unkilled = 0;
    // Until a controller got through all its writes: then every one of them was the last of another.
    const lane = async (): Promise<void> => {
      while (unkilled === 0) {
        const killAfter = next++;
        const seen = await live(life, killAfter);
        if (seen.wasKilled) killedAt = Math.max(killedAt, killAfter);
        else unkilled++;
        expect(seen.end, `kill after write ${killAfter}`).toEqual(end);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    expect(killedAt).toBeGreaterThan(12);
  });
});

async function over(world: World): Promise<TestRunStatusBody | null> {
  await world.until('over', isFinished(world));
  // Who lives may be in the middle of a write; who was stopped leaves no half of it.
  expect({ ...(await traces(world)), asides: [] }).toEqual(NOTHING);
  await world.stop();
  expect(await traces(world)).toEqual(NOTHING);
  return world.status('one');
}

describe.concurrent('a stage process that is killed', () => {
  it.each(['prepare', 'install'] as const)(
    'in %s: the run starts once more, from nothing and as a new app',
    async (step) => {
      const world = open();
      const letGo = hold(world, step);
      world.addRun('one');
      void world.start();
      await world.until('claimed', () => startedIn(stepDir(world, `1-${step}`)) !== null);
      const first = world.status('one')?.app;
      await killStep(world, `1-${step}`);
      letGo();
      const status = await over(world);
      expect(status).toMatchObject({ verdict: 'Passed', attempt: 2, cause: null });
      expect(status?.app?.stack).not.toBe(first?.stack);
      // From nothing: nothing of the first attempt is believed in the second.
      const steps = status?.steps.map((each) => `${each.attempt}-${each.name} ${each.state}`) ?? [];
      expect(steps).toContain(`1-${step} lost`);
      expect(steps).toContain('2-prepare passed');
      expect(steps).toContain('2-install passed');
    },
  );

  it.each(['prepare', 'install'] as const)(
    'in %s a second time: that is ours to explain, and nobody else’s',
    async (step) => {
      const world = open();
      hold(world, step);
      world.addRun('one');
      void world.start();
      await killStep(world, `1-${step}`);
      await killStep(world, `2-${step}`);
      const status = await over(world);
      expect(status).toMatchObject({ verdict: 'Errored', attempt: 2, cause: { reason: 'StageLost' } });
      expect(status?.message).toContain(`"${step}"`);
    },
  );

  it('in evidence: the verdict is the same, without what it would have kept', async () => {
    const world = open();
    hold(world, 'evidence');
    world.addRun('one');
    void world.start();
    await killStep(world, '1-evidence');
    expect(await over(world)).toMatchObject({ verdict: 'Passed', attempt: 1 });
  });

  it('in teardown: it is torn down again', async () => {
    const world = open();
    const letGo = hold(world, 'teardown');
    world.addRun('one');
    void world.start();
    await killStep(world, '1-teardown');
    await killStep(world, '1-teardown-2');
    letGo();
    expect(await over(world)).toMatchObject({ verdict: 'Passed', attempt: 1 });
    expect(existsSync(join(stepDir(world, '1-teardown-3'), 'result.json'))).toBe(true);
  });

  it.each([
    { because: 'torn', text: '{"step":"install","outcome":"passed","startedAt":"2026-' },
    { because: 'empty', text: '' },
    { because: 'of another shape', text: '{"outcome":"passed"}' },
    { because: 'not text', text: '\u0000\uFFFF'.repeat(40) },
  ])('with a result that is $because is not taken for passed', async ({ text }) => {
    const world = open();
    hold(world, 'install');
    world.addRun('one');
    const controller = world.start();
    for (const name of ['1-install', '2-install']) {
      await world.until('claimed', () => startedIn(stepDir(world, name)) !== null);
      const dir = stepDir(world, name);
      // Nobody looks while the result is put there and its writer dies.
      controller.kill('SIGSTOP');
      writeFileSync(join(dir, 'result.json'), text);
      await killStep(world, name);
      controller.kill('SIGCONT');
    }
    const status = await over(world);
    expect(status).toMatchObject({ verdict: 'Errored', attempt: 2, cause: { reason: 'StageLost' } });
    expect(status?.message).toContain('result.json cannot be read');
  });

  it('together with the controller: as if only it had been killed', async () => {
    const world = open();
    const letGo = hold(world, 'install');
    world.addRun('one');
    const controller = world.start();
    await world.until('claimed', () => startedIn(stepDir(world, '1-install')) !== null);
    await killed(controller);
    await killStep(world, '1-install');
    letGo();
    void world.start();
    expect(await over(world)).toMatchObject({ verdict: 'Passed', attempt: 2 });
  });
});

it('an app that somebody takes away in the middle of its run is torn down all the same, and nothing of it stays', async () => {
  const world = open();
  const letGo = hold(world, 'evidence');
  world.addRun('one');
  void world.start();
  await world.until('deployed', () => startedIn(stepDir(world, '1-evidence')) !== null);
  const stack = world.status('one')?.app?.stack ?? '';
  await world.swarm.undeploy(stack);
  // Volumes and what bears no label stay, as they do where a person does it by hand.
  expect((await world.swarm.things()).length).toBeGreaterThan(0);
  letGo();
  expect(await over(world)).toMatchObject({ verdict: 'Passed', leftovers: [] });
});

it('a second stage process for the same step leaves at once, and changes nothing', async () => {
  const world = open();
  const letGo = hold(world, 'install');
  world.addRun('one');
  void world.start();
  await world.until('claimed', () => startedIn(stepDir(world, '1-install')) !== null);
  const dir = stepDir(world, '1-install');
  const before = startedIn(dir);
  const program = join(import.meta.dirname, 'stage.ts');
  const args = [program, world.layout.root, join(world.dir, 'swarm.json'), 'healthy', dir];
  expect((await execa(process.execPath, args)).exitCode).toBe(0);
  expect(startedIn(dir)).toEqual(before);
  expect(existsSync(join(dir, 'result.json'))).toBe(false);
  letGo();
  expect(await over(world)).toMatchObject({ verdict: 'Passed', attempt: 1 });
});

describe.concurrent('a controller that is killed', () => {
  it('again and again gets there all the same', async () => {
    const world = open();
    world.addRun('one');
    // After one write in turn with two: a request alone starts nothing, so that one each time would never get on.
    for (let round = 0; !isFinished(world)(); round++) await world.start(1 + (round % 2));
    void world.start();
    expect(await over(world)).toMatchObject({ verdict: 'Passed', attempt: 1 });
    expect(world.lines('writes.log').length).toBeGreaterThan(12);
  });

  it.each([
    { because: 'torn', text: '{"pid":' },
    { because: 'empty', text: '' },
    {
      because: 'of a pid that is another process now',
      text: JSON.stringify({ pid: process.pid, startTime: 'other/1', startedAt: '2026-01-01T00:00:00.000Z' }),
    },
  ])('and whose lock is $because does not keep the next one out', async ({ text }) => {
    const world = open();
    const letGo = hold(world, 'install');
    world.addRun('one');
    const controller = world.start();
    await world.until('install runs', isRunning(world, 'install'));
    await killed(controller);
    writeFileSync(world.layout.lockFile, text);
    letGo();
    void world.start();
    expect(await over(world)).toMatchObject({ verdict: 'Passed', attempt: 1 });
  });

  it.each([
    { because: 'deleted', wish: (world: World) => world.removeRun('one'), verdict: null },
    {
      because: 'cancelled',
      wish: (world: World) => world.addRun('one', { cancel: true }),
      verdict: 'Cancelled',
    },
  ])('while its run is $because: the next one sees it', async ({ wish, verdict }) => {
    const world = open();
    hold(world, 'install');
    world.addRun('one');
    const controller = world.start();
    await world.until('install runs', isRunning(world, 'install'));
    await killed(controller);
    wish(world);
    void world.start();
    const isOver = verdict === null ? () => world.status('one') === null : isFinished(world);
    await world.until('over', isOver);
    expect(world.status('one')?.verdict ?? null).toBe(verdict);
    expect(await traces(world)).toEqual(NOTHING);
    if (verdict === null) expect(readdirSync(world.layout.runs)).toEqual([]);
  });

  it.each(['install', 'teardown'] as const)(
    'and whose clock was set back by an hour meanwhile, in %s, waits for nothing',
    async (step) => {
      const world = open({ fate: 'stubborn' });
      world.addRun('one');
      const letGo = step === 'install' ? hold(world, 'install') : () => undefined;
      const controller = world.start();
      await world.until('there', () =>
        step === 'install'
          ? startedIn(stepDir(world, '1-install')) !== null
          : existsSync(join(stepDir(world, '1-teardown'), 'result.json')),
      );
      await killed(controller);
      for (const file of readdirSync(world.layout.root, { recursive: true, encoding: 'utf8' }))
        if (file.endsWith('.json')) laterByAnHour(join(world.layout.root, file));
      letGo();
      void world.start();
      expect(await over(world)).toMatchObject({
        verdict: 'Failed',
        attempt: 1,
        cause: { reason: 'Leftovers' },
      });
    },
  );

  it('and whose status was destroyed sees the run anew; what the old one left is an orphan', async () => {
    const world = open();
    const letGo = hold(world, 'evidence');
    world.addRun('one');
    const controller = world.start();
    await world.until('deployed', () => startedIn(stepDir(world, '1-evidence')) !== null);
    await killed(controller);
    const old = world.status('one');
    const oldDir = stepDir(world, '1-evidence');
    writeFileSync(world.layout.statusFile('one'), '{"status": garbage');
    const second = world.start();
    await world.until('seen anew', () => (world.status('one')?.uid ?? old?.uid) !== old?.uid);
    const evidence = (): boolean => startedIn(stepDir(world, '1-evidence')) !== null;
    await world.until('the new one is there as well', evidence);
    letGo();
    await world.until('over', isFinished(world));
    expect(world.status('one')).toMatchObject({ verdict: 'Passed', attempt: 1 });
    // The old app is not the new run's to remove; it bears our mark, and the reaper takes it once it is old enough.
    const stacks = new Set(
      (await world.swarm.things()).map((thing) => thing.stack).filter((each) => each !== null),
    );
    expect([...stacks]).toEqual([old?.app?.stack]);
    expect(existsSync(join(oldDir, 'request.json'))).toBe(true);
    const kept = readdirSync(world.layout.statuses).filter((file) => file.startsWith('one.json.damaged-'));
    expect(kept.map((file) => readFileSync(join(world.layout.statuses, file), 'utf8'))).toEqual([
      '{"status": garbage',
    ]);
    second.kill('SIGTERM');
    await second;
    await reapAll(world);
    expect(await traces(world)).toEqual(NOTHING);
  });
});

/** As the controller does now and then, without the floor for the age of an orphan. */
async function reapAll(world: World): Promise<void> {
  const { layout, swarm } = world;
  const key = readFileSync(layout.keyFile, 'utf8').trim();
  const stages = makeStages({
    layout,
    clock: systemClock,
    installation: installationOf(key),
    program: ['/bin/false'],
    env: {},
    onExit: () => undefined,
  });
  const store = await openStore(layout, { recipesDir: join(world.dir, 'recipes') });
  const deps = {
    store,
    servers: makeServers([
      { name: 'default', swarm, zone: 'ci.test', dockerHost: '', abraServer: 'default' },
    ]),
    stages,
    clock: systemClock,
    log: silentLog,
    key,
    minAgeMs: 0,
  };
  // A network in use goes only after what uses it: as often as it takes.
  for (let round = 0; round < 5; round++) await reap(deps, { dryRun: false });
}

/** A clock that was set back is one by which everything that is written down lies in the future. */
function laterByAnHour(file: string): void {
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (time) =>
      new Date(Date.parse(time) + 3_600_000).toISOString(),
    ),
  );
}

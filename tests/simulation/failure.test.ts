/** What the controller cannot do for one run: the run says so within one reconcile, and a run beside it goes on. */
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import { makeWorld, type World, type WorldOptions } from './world.ts';

let world: World;
const open = (options?: WorldOptions): World => (world = makeWorld(options));
const isFinished = (name: string) => (): boolean => world.status(name)?.finishedAt != null;
const failureOf = (name: string) =>
  world.status(name)?.conditions.find((each) => each.type === 'ReconcileFailed');

afterEach(async () => {
  await world.stop();
  world.destroy();
});

/** What a person sees; Docker is not there, so the tasks are not seen. */
async function ctl(...words: string[]): Promise<string> {
  const main = join(import.meta.dirname, '..', '..', 'controller', 'ctl', 'main.ts');
  const { stdout } = await execa(process.execPath, [main, ...words], {
    extendEnv: false,
    env: {
      PATH: process.env['PATH'] ?? '',
      CCCI_STATE_DIR: world.layout.root,
      CCCI_RECIPES_DIR: world.recipesDir,
      CCCI_DOCKER_HOST: 'unix:///nonesuch/docker.sock',
    },
  });
  return stdout;
}

describe('a run whose reconcile fails', () => {
  it('because a step dies before its claim says so, and ends well once it can start', async () => {
    open({ maxTests: 2 });
    world.hold('unborn-install');
    world.addRun('unborn');
    world.addRun('beside');
    void world.start();
    await world.until('said', () => failureOf('unborn') !== undefined);
    expect(failureOf('unborn')).toMatchObject({
      status: 'True',
      reason: 'ReconcileError',
      message: expect.stringContaining('ended before it claimed its step'),
    });
    expect(await ctl('describe', 'run/unborn')).toMatch(
      /ReconcileFailed +True +ReconcileError .*claimed its step/,
    );
    expect(await ctl('get', 'run/unborn')).toContain('ReconcileFailed');
    await world.until('the other ended', isFinished('beside'));
    expect(world.status('beside')).toMatchObject({ verdict: 'Passed' });
    expect(isFinished('unborn')()).toBe(false);
    world.release('unborn-install');
    await world.until('ended', () => isFinished('unborn')() && failureOf('unborn') === undefined);
    expect(world.status('unborn')).toMatchObject({ verdict: 'Passed', attempt: 1 });
    expect(await world.leftovers()).toEqual({ swarm: [], processes: 0 });
  });

  it.each([
    { because: 'is a folder', says: 'is not a regular file', make: (file: string) => mkdirSync(file) },
    { because: 'leads to itself', says: 'ELOOP', make: (file: string) => symlinkSync(file, file) },
  ])(
    'because its RecipeSpec $because holds nobody back, and is taken on once it can',
    async ({ says, make }) => {
      open({ maxTests: 1 });
      const file = join(world.recipesDir, 'web.yaml');
      world.enrol('other');
      renameSync(file, `${file}.away`);
      make(file);
      // The elder: with one slot, it would be its turn first.
      world.addRun('unreadable');
      void world.start();
      await world.until('said', () => saidOf('unreadable').includes(says));
      expect(await ctl('describe', 'run/unreadable')).toContain(says);
      world.addRun('beside', { recipe: 'other' });
      await world.until('the other ended', isFinished('beside'));
      expect(world.status('beside')).toMatchObject({ verdict: 'Passed' });
      rmSync(file, { recursive: true });
      renameSync(`${file}.away`, file);
      await world.until('ended', isFinished('unreadable'));
      expect(world.status('unreadable')).toMatchObject({ verdict: 'Passed' });
      expect(saidOf('unreadable')).not.toContain(says);
    },
  );

  it('that has begun does not need its RecipeSpec any more', async () => {
    open();
    world.hold('install');
    world.addRun('one');
    void world.start();
    await world.until('install runs', () => world.status('one')?.stage === 'install');
    const file = join(world.recipesDir, 'web.yaml');
    rmSync(file);
    symlinkSync(file, file);
    world.release('install');
    await world.until('ended', isFinished('one'));
    expect(world.status('one')).toMatchObject({ verdict: 'Passed' });
  });
});

/** All that its status says of what is wrong. */
function saidOf(name: string): string {
  const { message = '', conditions = [] } = world.status(name) ?? {};
  return [message, ...conditions.map((each) => each.message)].join('\n');
}

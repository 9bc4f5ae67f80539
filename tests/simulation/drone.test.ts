/** A whole run as Drone shows it: the real `.drone.yml`, the real `ccci-ctl` and the real controller, on a simulated swarm and a stand-in for Drone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ROOT } from '../../controller/config.ts';
import { makeDrone } from '../../controller/drone/client.ts';
import { StandInDrone } from '../stand-ins/drone.ts';
import { REPOSITORY, TOKEN } from '../stand-ins/drone-shapes.ts';
import { makeWorld, type World } from './world.ts';

let world: World;
let drone: StandInDrone;

const open = async (of: Parameters<typeof makeWorld>[0] = {}): Promise<void> => {
  world = makeWorld(of);
  drone = await StandInDrone.start({
    pipeline: readFileSync(join(ROOT, '.drone.yml'), 'utf8'),
    env: {
      // As the runner of an installation has it: `ccci-ctl` is not taken from the workspace.
      PATH: `${join(ROOT, 'bin')}:/usr/bin:/bin`,
      CCCI_STATE_DIR: world.layout.root,
      CCCI_RECIPES_DIR: world.recipesDir,
    },
  });
};
let opened: Promise<void>;
beforeEach(() => {
  opened = Promise.resolve();
});
afterEach(async () => {
  await opened;
  await world.stop();
  await drone.close();
  world.destroy();
});

async function build(run: string): Promise<void> {
  world.addRun(run, { source: { pr: 12 }, trigger: { kind: 'comment', user: 'ada' } });
  const config = { url: drone.url, repository: REPOSITORY, branch: 'main', token: { value: TOKEN } };
  await makeDrone(config).create({ RECIPE: 'web', REF: 'HEAD', PR: '12', SRC: '/nowhere', RUN: run });
  await world.until('the controller knows it', () => world.status(run) !== null);
}

const steps = (): Record<string, string> =>
  Object.fromEntries(
    (drone.builds[0]?.stages?.[0]?.steps ?? []).map(({ name, status, exit_code }) => [
      name,
      exit_code === undefined ? status : `${status} ${exit_code}`,
    ]),
  );
const isOver = (status: string) => (): boolean => drone.builds[0]?.status === status;

it('shows a green run stage by stage, and ends green', async () => {
  await (opened = open());
  void world.start();
  await build('one');
  await world.until('the build is over', isOver('success'), 240_000);
  expect(new Set(Object.values(steps()))).toEqual(new Set(['success 0']));
  expect(drone.text(1)).toContain('install passed');
  expect(drone.text(1)).toContain('lint is no part of run/one, which was asked for install.');
  expect(drone.text(1)).toContain('passed after');
});

it('shows in which stage a red run failed, what came after it, and ends red', async () => {
  await (opened = open({ fate: 'crashes' }));
  void world.start();
  await build('one');
  await world.until('the build is over', isOver('failure'), 240_000);
  expect(steps()).toMatchObject({
    prepare: 'success 0',
    install: 'failure 1',
    teardown: 'success 0',
    verdict: 'failure 1',
  });
  expect(drone.text(1)).toContain('install failed: ');
});

it('cancels the run where the build is cancelled, though only the shell of its step is killed', async () => {
  await (opened = open({ fate: 'hangs' }));
  void world.start();
  await build('one');
  // From its first word on it takes SIGTERM for a wish; before, the poll of the build's status would find out.
  await world.until('install is followed', () => drone.text(1).includes('\ninstall running\n'), 240_000);
  drone.cancel(drone.builds[0]!);
  await drone.quiet();
  await world.until('the run is over', () => world.status('one')?.finishedAt != null, 240_000);
  expect(world.status('one')).toMatchObject({
    verdict: 'Cancelled',
    message: 'Cancelled by Drone: its build #1 was cancelled or ran out of time.',
  });
  expect(steps()).toMatchObject({ install: 'killed 137', teardown: 'skipped', verdict: 'skipped' });
  expect(await world.leftovers()).toEqual({ swarm: [], processes: 0 });
});

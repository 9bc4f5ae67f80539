/** A run is more than the name of its file: what is written under a name that is taken is a run of its own, and what was taken back stays taken back. */
import { afterEach, describe, expect, it } from 'vitest';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StepName } from '../../controller/api/stage.ts';
import { hold, isFinished, isRunning } from './hands.ts';
import { makeWorld, type World } from './world.ts';

let world: World;
afterEach(async () => {
  await world.stop();
  world.destroy();
});

const ask = (ref: string): void => world.addRun('one', { source: { ref } });
const acceptedRef = (): string | undefined => world.status('one')?.accepted?.run.source.ref;
const isSecond = (): boolean => isFinished(world)() && acceptedRef() === 'second';
/** In its status: the controller has seen that the document is gone. */
const isSeenGone = (): boolean => world.status('one')?.deletedAt != null;

/** How the second run ended, beside the first. */
async function theSecond(first: string | undefined): Promise<object> {
  await world.until('the second finished', isSecond);
  const { uid, verdict, attempt } = world.status('one') ?? {};
  const isRecordLeft = existsSync(world.layout.runDir(first ?? ''));
  return { verdict, attempt, isAnother: uid !== first, isRecordLeft, left: await world.leftovers() };
}
const WELL = {
  verdict: 'Passed',
  attempt: 1,
  isAnother: true,
  isRecordLeft: false,
  left: { swarm: [], processes: 0 },
};

describe('a document that is deleted and written again is a run of its own', () => {
  it.each<StepName>(['install', 'teardown'])('while %s runs', async (step) => {
    world = makeWorld();
    const letGo = hold(world, step);
    ask('first');
    void world.start();
    await world.until(`${step} runs`, isRunning(world, step));
    const uid = world.status('one')?.uid;
    world.removeRun('one');
    await world.until('seen', isSeenGone);
    ask('second');
    letGo();
    expect(await theSecond(uid)).toEqual(WELL);
  });

  it('before anybody sees that it was gone: the first ends as it was accepted, and the second follows', async () => {
    world = makeWorld();
    const letGo = hold(world, 'install');
    ask('first');
    void world.start();
    await world.until('install runs', isRunning(world, 'install'));
    const uid = world.status('one')?.uid;
    world.removeRun('one');
    ask('second');
    const accepted = () => world.status('one')?.conditions.find(({ type }) => type === 'Accepted');
    await world.until('said', () => accepted()?.reason === 'AsksElseByNow' || isSeenGone());
    letGo();
    expect(await theSecond(uid)).toEqual(WELL);
  });

  it.each([
    { when: 'at once after its end', isDown: false },
    { when: 'after its end, while no controller runs', isDown: true },
  ])('$when', async ({ isDown }) => {
    world = makeWorld();
    ask('first');
    const controller = world.start();
    await world.until('finished', isFinished(world));
    const uid = world.status('one')?.uid;
    if (isDown) {
      controller.kill('SIGTERM');
      await controller;
    }
    world.removeRun('one');
    ask('second');
    if (isDown) void world.start();
    expect(await theSecond(uid)).toEqual(WELL);
  });

  it('also where every controller is killed after its next write', async () => {
    world = makeWorld();
    ask('first');
    const controller = world.start();
    await world.until('finished', isFinished(world));
    const uid = world.status('one')?.uid;
    controller.kill('SIGKILL');
    await controller;
    world.removeRun('one');
    ask('second');
    for (let kills = 0; kills < 6; kills++) await world.start(1);
    void world.start();
    expect(await theSecond(uid)).toEqual(WELL);
  });
});

it('a status of a run that is over does not change, whatever becomes of its document but its wish', async () => {
  world = makeWorld();
  ask('first');
  void world.start();
  await world.until('finished', isFinished(world));
  const read = (): string => readFileSync(world.layout.statusFile('one'), 'utf8');
  const before = read();
  world.addRun('two');
  world.addText('one', 'kind: nothing\n');
  world.addRun('one', { source: { ref: 'first' }, cancel: true });
  await world.until('another finished', () => world.status('two')?.finishedAt != null);
  expect(read()).toBe(before);
});

describe('a cancel', () => {
  it('that is taken back during teardown is a cancel', async () => {
    world = makeWorld();
    const go = hold(world, 'install');
    const letGo = hold(world, 'teardown');
    world.addRun('one');
    void world.start();
    await world.until('install runs', isRunning(world, 'install'));
    world.addRun('one', { cancel: true });
    await world.until('teardown runs', isRunning(world, 'teardown'));
    world.addRun('one', { cancel: false });
    go();
    letGo();
    await world.until('finished', isFinished(world));
    expect(world.status('one')).toMatchObject({ verdict: 'Cancelled', attempt: 1 });
  });

  it('in a document that is made invalid counts, and the run says what is wrong with it', async () => {
    world = makeWorld();
    hold(world, 'install');
    world.addRun('one');
    void world.start();
    await world.until('install runs', isRunning(world, 'install'));
    world.addRun('one', { cancel: 'yes' });
    const said = (): string => world.status('one')?.message ?? '';
    await world.until('said', () => said().includes('not valid by now'));
    expect(said()).toMatch(
      /^Running install, attempt 1\. The document is not valid by now: .*one\.yaml:\d+:\d+: spec\.cancel: /,
    );
    expect(world.status('one')?.conditions.find(({ type }) => type === 'Accepted')).toMatchObject({
      status: 'True',
      reason: 'InvalidByNow',
    });
    expect(
      existsSync(join(world.layout.stagesDir(world.status('one')?.uid ?? ''), '1-install', 'stopped.json')),
    ).toBe(false);
    world.addRun('one', { cancel: true, stagse: [] });
    await world.until('finished', isFinished(world));
    expect(world.status('one')).toMatchObject({ verdict: 'Cancelled', message: 'Cancelled by a person.' });
  });
});

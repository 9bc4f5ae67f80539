/** A real run whose controller, stage or dockerd is killed in each of its stages: a true verdict, and nothing left but bystanders. */
import { readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestRunStatusBody } from '../../controller/api/test-run-status.ts';
import { ourStackOf } from '../../controller/domain/run/names.ts';
import { installationOf } from '../../controller/runtime/identity.ts';
import { markedProcesses } from '../../controller/host/marked-processes.ts';
import { readIfThere } from '../../controller/store/atomic.ts';
import { makeSwarm } from '../../controller/swarm/docker.ts';
import { dockerAt } from '../sandbox/engine.ts';
import { killDockerd, removeSandbox } from '../sandbox/sandbox.ts';
import { type Installation, makeInstallation } from './installation.ts';
import { killStep, PLACES, type PlaceName, reaches } from './step-hands.ts';

/** Its own: what else is tested at this moment must not lose its Docker. */
const SANDBOX = 'kill';
/** Somebody else's Docker is not ours to kill. */
const isExternal = (process.env['CCCI_DOCKER_HOST'] ?? '') !== '';

let inst: Installation;
let key: string;
let controller: ReturnType<Installation['startController']>;
let bystander: { service: string; volume: string };

beforeAll(async () => {
  if (isExternal) return;
  // One that was left behind by a test that was itself killed is full of its things.
  await removeSandbox({ name: SANDBOX });
  inst = await makeInstallation({ sandboxName: SANDBOX, maxTests: 6 });
  bystander = await makeBystander();
  controller = inst.startController();
  key = await inst.until('key', async () => (await readIfThere(inst.layout.keyFile))?.trim() || null);
});

afterAll(async () => {
  if (isExternal) return;
  await inst.destroy();
  await removeSandbox({ name: SANDBOX });
});

/** A test that failed leaves its runs to nobody. */
afterEach(async () => {
  for (const name of runs.splice(0)) await inst.finished(name, 300_000);
}, 600_000);

/** An app of somebody else, named as stacks are. */
async function makeBystander(): Promise<{ service: string; volume: string }> {
  const docker = dockerAt(inst.sandbox.dockerHost);
  const labels = { 'com.docker.stack.namespace': 'tiny-web-pr1-abcde2345_ci_test' };
  const name = `${labels['com.docker.stack.namespace']}_app`;
  await docker.createVolume({ Name: `${name}_data`, Labels: labels });
  await docker.createService({
    Name: name,
    Labels: labels,
    TaskTemplate: {
      ContainerSpec: { Image: 'ccci/busybox:1.37', Command: ['sleep', '100000'], Labels: labels },
    },
    Mode: { Replicated: { Replicas: 1 } },
  });
  const [found] = await docker.listServices({ filters: { name: [name] } });
  return { service: found?.ID ?? '', volume: `${name}_data` };
}

const runs: string[] = [];

async function start(name: string): Promise<void> {
  runs.push(name);
  await inst.run(name, { recipe: 'tiny-web', source: { ref: 'main' } });
}

/** A run whose step lost its process there: its name. Some steps are quick, and are over before they are hit: then another run is. */
async function strike(place: PlaceName): Promise<string> {
  for (const name of Array.from({ length: 8 }, (_, index) => `${place}-${index + 1}`)) {
    await start(name);
    if (await killStep(inst, name, await reaches(inst, name, { ...PLACES[place], everyMs: 5 }))) return name;
    expect(told(await inst.finished(name, 300_000))).toMatchObject({ verdict: 'Passed', attempt: 1 });
  }
  throw new Error(`${place} was over each time before it could be hit`);
}

async function killController(): Promise<void> {
  controller.kill('SIGKILL');
  await controller;
  controller = inst.startController();
}

async function expectClean(): Promise<void> {
  const swarm = makeSwarm({ dockerHost: inst.sandbox.dockerHost });
  const things = await inst.until('Docker answers', () => swarm.things().catch(() => null));
  expect(things.filter((thing) => ourStackOf(thing, inst.config.zone, key) !== null)).toEqual([]);
  expect(things.find(({ id }) => id === bystander.service)?.kind).toBe('service');
  expect(things.find(({ name }) => name === bystander.volume)?.kind).toBe('volume');
  expect(await markedProcesses(installationOf(key))).toEqual([]);
  for (const folder of [inst.layout.abraDir('.'), inst.layout.secretsDir('.')])
    expect(await readdir(folder)).toEqual([]);
}

/** With all that it takes to see what went wrong. */
function told(status: TestRunStatusBody): object {
  const { verdict, attempt, cause, steps, message } = status;
  return {
    verdict,
    attempt,
    cause,
    message,
    steps: steps.map((each) => `${each.attempt}-${each.name} ${each.state}: ${each.message}`),
  };
}

describe.skipIf(isExternal)('SIGKILL to the controller and to stages', () => {
  const stageKills: readonly { place: PlaceName; attempt: number }[] = [
    { place: 'prepare', attempt: 2 },
    { place: 'deploy', attempt: 2 },
    { place: 'tests', attempt: 2 },
    { place: 'evidence', attempt: 1 },
    { place: 'teardown', attempt: 1 },
  ];

  it('in every stage: each run passes, a lost one at its second attempt, and nothing is left', async () => {
    await start('controller');
    const controllerKills = (async () => {
      for (const place of Object.values(PLACES)) {
        await reaches(inst, 'controller', place);
        await killController();
      }
    })();
    const [struck] = await Promise.all([
      Promise.all(stageKills.map(async ({ place, attempt }) => ({ name: await strike(place), attempt }))),
      controllerKills,
    ]);
    expect(told(await inst.finished('controller', 300_000))).toMatchObject({ verdict: 'Passed', attempt: 1 });
    for (const { name, attempt } of struck)
      expect(told(await inst.finished(name, 300_000)), name).toMatchObject({ verdict: 'Passed', attempt });
    await expectClean();
  });
});

describe.skipIf(isExternal)('SIGKILL to dockerd', () => {
  const OURS = ['DockerRestarted', 'DockerNotAnswering'];

  it.each(['prepare', 'deploy', 'tests'] as const)('in %s is never the recipe’s fault', async (place) => {
    const name = `dockerd-${place}`;
    await start(name);
    await reaches(inst, name, PLACES[place]);
    await killDockerd(inst.sandbox);
    const status = await inst.finished(name, 300_000);
    // It may have been over before anything was missed; what is not judged says why.
    if (status.verdict === 'Errored') expect(OURS).toContain(status.cause?.reason);
    else expect(told(status)).toMatchObject({ verdict: 'Passed', attempt: 1 });
    await expectClean();
  });

  it('after the work, in evidence and again in teardown, changes no verdict', async () => {
    await start('dockerd-after');
    for (const place of ['evidence', 'teardown'] as const) {
      await reaches(inst, 'dockerd-after', PLACES[place]);
      await killDockerd(inst.sandbox);
    }
    const status = await inst.finished('dockerd-after', 300_000);
    expect(told(status)).toMatchObject({ verdict: 'Passed', attempt: 1 });
    await expectClean();
  });
});

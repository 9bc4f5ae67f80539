/** A real run whose controller, stage or dockerd is killed in each of its stages: a true verdict, and nothing left but bystanders. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LogLine, StageStarted } from '../../controller/api/stage.ts';
import type { TestRunStatusBody } from '../../controller/api/test-run-status.ts';
import { ourStackOf } from '../../controller/domain/names.ts';
import { installationOf } from '../../controller/runtime/identity.ts';
import { markedProcesses } from '../../controller/stages/marks.ts';
import { readIfThere } from '../../controller/store/atomic.ts';
import { makeSwarm } from '../../controller/swarm/docker.ts';
import { dockerAt } from '../sandbox/engine.ts';
import { killDockerd, removeSandbox } from '../sandbox/sandbox.ts';
import { type Installation, makeInstallation } from './installation.ts';

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

interface Place {
  /** Folder of the step: `1-install`. */
  readonly step: string;
  /** Said in the step's log when it is there. */
  readonly says: RegExp;
}

const PLACES = {
  prepare: { step: '1-prepare', says: /- fetch/ },
  deploy: { step: '1-install', says: /Waiting for service/ },
  tests: { step: '1-install', says: /RUN/ },
  evidence: { step: '1-evidence', says: /- screenshot/ },
  teardown: { step: '1-teardown', says: /- abra/ },
} as const satisfies Record<string, Place>;
type PlaceName = keyof typeof PLACES;

async function stepDirOf(name: string, step: string): Promise<string> {
  return join(inst.layout.stagesDir((await inst.status(name))?.uid ?? '-'), step);
}

async function isAt(name: string, { step, says }: Place): Promise<boolean> {
  const text = (await readIfThere(join(await stepDirOf(name, step), 'log.ndjson'))) ?? '';
  const lines = text.split('\n').slice(0, -1);
  return lines.some((line) => says.test(LogLine.parse(JSON.parse(line)).text));
}

async function reaches(name: string, place: Place): Promise<void> {
  await inst.until(`${name} in ${place.step}: ${place.says}`, async () =>
    (await isAt(name, place)) ? true : null,
  );
}

async function start(name: string): Promise<void> {
  await inst.run(name, { recipe: 'tiny-web', source: { ref: 'main' } });
}

/** SIGKILL to the process of the step alone: what it started lives on. */
async function killStage(name: string, step: string): Promise<void> {
  const text = await readIfThere(join(await stepDirOf(name, step), 'started.json'));
  process.kill(StageStarted.parse(JSON.parse(text ?? '')).pid, 'SIGKILL');
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
    for (const { place } of stageKills) await start(place);
    const controllerKills = (async () => {
      for (const place of Object.values(PLACES)) {
        await reaches('controller', place);
        await killController();
      }
    })();
    const lost = stageKills.map(async ({ place }) => {
      await reaches(place, PLACES[place]);
      await killStage(place, PLACES[place].step);
    });
    await Promise.all([controllerKills, ...lost]);
    expect(told(await inst.finished('controller', 300_000))).toMatchObject({ verdict: 'Passed', attempt: 1 });
    for (const { place, attempt } of stageKills)
      expect(told(await inst.finished(place, 300_000)), place).toMatchObject({ verdict: 'Passed', attempt });
    await expectClean();
  });
});

describe.skipIf(isExternal)('SIGKILL to dockerd', () => {
  const OURS = ['DockerRestarted', 'DockerNotAnswering'];

  it.each(['prepare', 'deploy', 'tests'] as const)('in %s is never the recipe’s fault', async (place) => {
    const name = `dockerd-${place}`;
    await start(name);
    await reaches(name, PLACES[place]);
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
      await reaches('dockerd-after', PLACES[place]);
      await killDockerd(inst.sandbox);
    }
    const status = await inst.finished('dockerd-after', 300_000);
    expect(told(status)).toMatchObject({ verdict: 'Passed', attempt: 1 });
    await expectClean();
  });
});

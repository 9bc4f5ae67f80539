import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { describeSwarmContract } from './swarm-contract.ts';
import { type Fate, makeSimulatedSwarm } from './simulated-swarm.ts';

const dir = mkdtempSync(join(tmpdir(), 'ccci-swarm-'));
const file = join(dir, 'swarm.json');
const swarm = makeSimulatedSwarm(file);
const FATES: Record<string, Fate> = {
  healthy: { kind: 'healthy', after: 2 },
  crash: { kind: 'crash', exitCode: 3 },
  unschedulable: {
    kind: 'pending',
    error: 'no suitable node (scheduling constraints not satisfied on 1 node)',
  },
};
const MISSING = 'ccci/nonesuch:1';
let stacks = 0;

afterAll(() => rmSync(dir, { recursive: true }));

await swarm.setImage(MISSING, {
  ok: false,
  fault: 'recipe',
  reason: 'ImageMissing',
  message: 'no such image',
});

describeSwarmContract('simulated', {
  swarm: () => swarm,
  deploy: (stack, { version, fate, replicas }) =>
    swarm.deploy(stack, {
      services: {
        app: {
          image: `ccci/simulated:${version}`,
          labels: { version },
          replicas,
          fate: FATES[fate] ?? { kind: 'healthy' },
          logs: fate === 'healthy' ? ['one', 'two', 'three'] : [],
        },
      },
      volumes: ['data'],
    }),
  deployRolledBack: (stack, version) =>
    swarm.deploy(stack, {
      services: {
        app: {
          image: 'ccci/simulated:3',
          labels: { version },
          fate: { kind: 'rollback', after: 1, exitCode: 3 },
        },
      },
      volumes: ['data'],
    }),
  undeploy: (stack) => swarm.undeploy(stack),
  createSecret: async (name) => void (await swarm.create('secret', name)),
  createVolume: async (name) => void (await swarm.create('volume', name)),
  newStack: () => `swarmtest-${++stacks}_sim`,
  missingImage: MISSING,
  presentImage: 'ccci/simulated:1',
});

it('lets things survive as many undeploys as they are told', async () => {
  await swarm.deploy('stubborn', {
    services: { app: {} },
    stubborn: [{ kind: 'network', name: 'sticky', undeploys: 1 }],
  });
  const names = async () =>
    (await swarm.observe('stubborn')).things.filter(({ kind }) => kind === 'network').map(({ name }) => name);
  await swarm.undeploy('stubborn');
  expect(await names()).toEqual(['stubborn_sticky']);
  await swarm.undeploy('stubborn');
  expect(await names()).toEqual([]);
});

it('is one world for several users of its file, however they write at once', async () => {
  const others = Array.from({ length: 8 }, () => makeSimulatedSwarm(file));
  await Promise.all(others.map((other, index) => other.create('volume', `shared_${index}`)));
  const things = await swarm.things();
  expect(things.filter(({ name }) => name.startsWith('shared_'))).toHaveLength(8);
});

it('fails every call while it cannot be reached', async () => {
  await swarm.setUnreachable('connection refused');
  await expect(swarm.observe('any')).rejects.toThrow('connection refused');
  await swarm.setUnreachable(null);
  expect(await swarm.observe('any')).toMatchObject({ services: [] });
});

it('grows the dead tasks of a crash loop by one for every look', async () => {
  await swarm.deploy('looping', { services: { app: { fate: { kind: 'crash', exitCode: 7 } } } });
  await swarm.observe('looping');
  const { services } = await swarm.observe('looping');
  expect(services[0]?.tasks.filter(({ exitCode }) => exitCode === 7)).toHaveLength(2);
});

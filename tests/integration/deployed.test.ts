/** What is judged against what a real swarm then has: equal for every recipe here, and different where something was changed. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dockerText } from '../../controller/deployer/docker-text.ts';
import { pinPaths } from '../../controller/deployer/compose-paths.ts';
import { deployedDifferences, differenceLine } from '../../controller/domain/policy/deployed-differs.ts';
import { judgedNetworks, networkDifferences } from '../../controller/domain/policy/deployed-networks.ts';
import { judgedSpecs } from '../../controller/domain/policy/deployed-spec.ts';
import { composeTree, type Tree } from '../../controller/domain/recipe/compose-tree.ts';
import { treeAt } from '../../controller/domain/recipe/compose-parse.ts';
import { parseAbraSh, parseEnv } from '../../controller/domain/recipe/dotenv.ts';
import { makeSpecReader } from '../../controller/swarm/specs.ts';
import { ensureSandbox } from '../sandbox/sandbox.ts';
import { removeStack } from '../simulation/swarm-contract.ts';
import { worldOf } from './swarm-world.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const sandbox = await ensureSandbox();
const world = worldOf(sandbox);
const { docker } = world;
const reader = makeSpecReader({ dockerHost: sandbox.dockerHost });
const stacks: string[] = [];
let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'deployed-'))));
afterAll(async () => {
  await Promise.all(stacks.map((stack) => removeStack(world, stack)));
  await rm(folder, { recursive: true, force: true });
});

const newStack = (): string => {
  const stack = world.newStack();
  stacks.push(stack);
  return stack;
};

/** Secrets of any value: nothing has to run. */
async function makeSecrets(tree: Tree): Promise<void> {
  for (const secret of Object.values(treeAt(tree, 'secrets'))) {
    const { name = '' } = secret as { name?: string };
    if (name !== '') await world.createSecret(name);
  }
}

async function deploy(stack: string, tree: Tree): Promise<void> {
  const file = join(folder, `${stack}.yml`);
  await writeFile(file, dockerText(tree));
  await docker(['stack', 'deploy', '--resolve-image=never', '-c', file, stack]);
}

async function differences(stack: string, tree: Tree): Promise<string[]> {
  const deployed = await reader.specs(stack);
  const judged = judgedSpecs(tree, stack);
  const networks = {
    judged: judgedNetworks(tree, stack),
    deployed: await reader.networks(stack),
    before: [],
  };
  return [
    ...deployedDifferences({ stack, judged, deployed, before: [], exposed: {} }),
    ...networkDifferences(networks),
  ].map(differenceLine);
}

const samples = globSync('tests/fixtures/recipes/*/*/.env.sample', { cwd: ROOT });

describe('a recipe is deployed as it was judged', () => {
  it.each(samples)('%s', async (sample) => {
    const recipe = join(ROOT, dirname(sample));
    const stack = newStack();
    const abraSh = join(recipe, 'abra.sh');
    const env = {
      ...parseEnv(readFileSync(join(ROOT, sample), 'utf8')).env,
      ...parseAbraSh(existsSync(abraSh) ? readFileSync(abraSh, 'utf8') : ''),
      STACK_NAME: stack,
      DOMAIN: 'a.ci.test',
    };
    const names = globSync('compose*.yml', { cwd: recipe }).sort();
    const files = names.map((path) => ({ path, text: readFileSync(join(recipe, path), 'utf8') }));
    const read = composeTree({ files, env });
    if (!read.ok) throw new Error(read.problem);
    await makeSecrets(read.tree);
    await deploy(stack, await pinPaths(read.tree, recipe));
    expect(await differences(stack, read.tree)).toEqual([]);
    expect((await reader.specs(stack)).length).toBeGreaterThan(0);
  }); // oxfmt-ignore
});

const EVERYTHING = {
  services: {
    app: {
      image: 'ccci/busybox:1.35', command: ['sleep', '99'], entrypoint: ['sh', '-c'], environment: { A: '1', B: 1_234_567.5, C: 'x=$y', SECRET: 'hunter2' }, restart: 'on-failure:9', user: '5:5', hostname: 'h', working_dir: '/tmp',
      volumes: [
        { type: 'volume', source: 'data', target: '/d', read_only: true }, { type: 'volume', target: '/anonymous' },
        { type: 'tmpfs', target: '/t', tmpfs: { size: 1_048_576 } }, { type: 'bind', source: '/etc/hostname', target: '/h', bind: { propagation: 'rslave' } },
      ],
      networks: { inner: { aliases: ['b', 'a'] }, proxy: null },
      cap_add: [' net_admin', 'CAP_SYS_TIME'], cap_drop: ['chown'],
      ports: [{ target: 80, published: 18_080, protocol: 'tcp', mode: 'host' }],
      logging: { driver: 'json-file', options: { 'max-size': '1m' } }, extra_hosts: ['x:1.2.3.4'], dns: ['9.9.9.9'],
      sysctls: { 'net.ipv4.ip_unprivileged_port_start': '1' }, healthcheck: { test: ['CMD', 'true'] }, labels: { inside: 'x' },
      deploy: { labels: { l: 'v$x' }, resources: { limits: { memory: '64M', cpus: '0.5', pids: 50 } }, placement: { constraints: ['node.role == manager'] },
        restart_policy: { condition: 'on-failure', delay: '1500ms', max_attempts: 3, window: '1m30s' },
        update_config: { parallelism: 0, delay: '1s', failure_action: 'rollback', monitor: '2s', max_failure_ratio: 0.5, order: 'start-first' },
        rollback_config: { parallelism: 2, order: 'stop-first' },
      },
    },
    everywhere: { image: 'ccci/busybox:1.35', command: ['sleep', '99'], deploy: { mode: 'global' }, healthcheck: { disable: true }, restart: 'on-failure:2', networks: { open: null } },
  },
  volumes: { data: { driver: 'local', labels: { x: 'y' } } },
  networks: { inner: { internal: true, driver: 'overlay', driver_opts: { encrypted: '', 'com.docker.network.driver.mtu': 1400 }, labels: { z: 1 } }, open: { attachable: true }, proxy: { external: true } },
}; // oxfmt-ignore

describe('with everything', () => {
  it('is equal, and each change of the service in the swarm is seen', async () => {
    const stack = newStack();
    await deploy(stack, EVERYTHING);
    expect(await differences(stack, EVERYTHING)).toEqual([]);
    const service = `${stack}_app`;
    const update = async (...args: string[]): Promise<string[]> => {
      await docker(['service', 'update', '--detach', '--no-resolve-image', ...args, service]);
      return differences(stack, EVERYTHING);
    };
    const seen = await update('--mount-add', 'type=bind,source=/etc,target=/host-etc');
    expect(seen).toEqual([expect.stringMatching(/^app: mounts: judged nothing, deployed .*source \/etc target \/host-etc/)]);
    expect(await update('--label-add', 'traefik.x=y')).toContainEqual(expect.stringContaining('"traefik.x=y"'));
    expect(await update('--cap-add', 'CAP_SYS_ADMIN')).toContainEqual(expect.stringContaining('CAP_SYS_ADMIN'));
    expect(await update('--limit-memory', '0')).toContainEqual(expect.stringContaining('memoryBytes=67108864'));
    expect(await update('--log-driver', 'syslog')).toContainEqual(expect.stringContaining('logDriver: judged "json-file", deployed "syslog"'));
    expect(await update('--publish-add', '18081:81')).toContainEqual(expect.stringContaining('published 18081'));
    expect(await update('--env-add', 'SECRET=hunter3')).toContainEqual('app: environment: judged "SECRET with one value", deployed "SECRET with another value"');
    expect(await update('--env-add', 'LD_PRELOAD=/x.so')).toContainEqual(expect.stringContaining('"LD_PRELOAD"'));
    expect(await update('--env-rm', 'A')).toContainEqual(expect.stringContaining('judged "A", "SECRET with one value"'));
    expect(await update('--restart-condition', 'none')).toContainEqual('app: restart: judged "condition=on-failure", deployed "condition=none"');
    expect(await update('--update-order', 'stop-first', '--update-parallelism', '1')).toContainEqual('app: update: judged "order=start-first", deployed "parallelism=1", "order=stop-first"');
    const all = await update('--rollback-failure-action', 'continue');
    expect(all).toContainEqual('app: rollback: judged "failureAction=pause", deployed "failureAction=continue"');
    expect(all.join()).not.toContain('hunter');
  }); // oxfmt-ignore

  it('a network that somebody made otherwise is seen', async () => {
    const stack = newStack();
    const label = `com.docker.stack.namespace=${stack}`;
    const make = (name: string, ...args: string[]): Promise<unknown> =>
      docker(['network', 'create', '--driver', 'overlay', '--label', label, ...args, `${stack}_${name}`]);
    await make('inner', '--attachable', '--subnet', '203.0.113.0/24', '--opt', 'encrypted', '--label', 'z=2');
    await make('spy');
    await deploy(stack, EVERYTHING);
    const of = (name: string, said: string): string => `${stack}_${name}: ${said}`;
    expect(await differences(stack, EVERYTHING)).toEqual([
      of('inner', 'internal: judged "true", deployed nothing'),
      of('inner', 'attachable: judged nothing, deployed "true"'),
      of('inner', 'options: judged "com.docker.network.driver.mtu=1400", deployed nothing'),
      of('inner', 'ipam: judged nothing, deployed "subnet 203.0.113.0/24"'),
      of('inner', 'labels: judged "z=1", deployed "z=2"'),
      of('spy', `network: judged nothing, deployed "${stack}_spy"`),
    ]);
  });
});

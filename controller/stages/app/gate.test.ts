import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecipeSpecBody } from '../../api/recipe-spec.ts';
import type { LimitPut } from '../../api/resources.ts';
import type { Takes } from '../../abra/driver.ts';
import { readConfig } from '../../config.ts';
import { judgedSpecs } from '../../domain/policy/deployed-spec.ts';
import { composeTree, treeDigest, type Tree } from '../../domain/recipe/compose-tree.ts';
import { parseEnv } from '../../domain/recipe/dotenv.ts';
import { judgedNetworks } from '../../domain/policy/deployed-networks.ts';
import type { NetworkSpec, ServiceJoined, ServiceSpec } from '../../ports.ts';
import { makeLayout } from '../../store/layout.ts';
import type { StageContext } from '../step/context.ts';
import { StageFailure } from '../step/report.ts';
import { deployPinned } from './deploy.ts';
import { openGate } from './gate.ts';

const STACK = 'web_ci_test';
const GOOD = 'services: {app: {image: "web:1", volumes: ["data:/x"]}}\nvolumes: {data: {}}\n';
const HOSTILE = 'services: {app: {image: "web:1", volumes: ["/srv/planted:/x"]}}\n';

let dir = '';
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'gate-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

interface World {
  readonly files: Readonly<Record<string, string>>;
  readonly env?: string;
  readonly takes?: Takes;
  /** What a deployer that reads the files makes of them. */
  readonly misread?: string;
  /** Its files are git's. */
  readonly committed?: boolean;
  readonly slot?: number | null;
  readonly egress?: 'none' | 'open';
  /** Who is in the run's network to the proxy. */
  readonly joined?: readonly ServiceJoined[] | null;
}

const PROXY: ServiceJoined = {
  service: 'traefik_ci_test_app',
  stack: 'traefik_ci_test',
  networks: ['proxy', 'ccci-proxy-3', 'ccci-proxy-3-closed'],
};

function treeOf(text: string): Tree {
  const read = composeTree({ files: [{ path: 'compose.yml', text }], env: {} });
  if (!read.ok) throw new Error(read.problem);
  return read.tree;
}

/** As a deployer does that reads the files. */
async function rereadOf(checkout: string, envFile: string): Promise<Tree> {
  const { env } = parseEnv(await readFile(envFile, 'utf8'));
  const names = (env['COMPOSE_FILE'] ?? 'compose.yml').split(':');
  const read = composeTree({
    files: await Promise.all(
      names.map(async (path) => ({ path, text: await readFile(join(checkout, path), 'utf8') })),
    ),
    env,
  });
  if (!read.ok) throw new Error(read.problem);
  return read.tree;
}

interface Swarm {
  specs: readonly ServiceSpec[];
  networks: readonly NetworkSpec[];
}

function told(swarm: Swarm, tree: Tree): void {
  swarm.specs = judgedSpecs(tree, STACK);
  swarm.networks = judgedNetworks(tree, STACK);
}

/** A swarm that is told whatever the deployer read, and a deployer that then waits until it is stopped. */
async function worldOf(world: World) {
  const {
    files,
    env = 'TYPE=web\n',
    takes = 'tree',
    misread,
    committed = false,
    slot = 3,
    joined = [PROXY],
    egress = 'open',
  } = world;
  const layout = makeLayout(dir);
  const checkout = join(layout.abraDir('u1'), 'recipes', 'web');
  const servers = join(layout.abraDir('u1'), 'servers', 'default');
  for (const folder of [checkout, servers]) await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries({ '.env.sample': env, ...files }))
    await writeFile(join(checkout, name), text);
  const envFile = join(servers, 'web.ci.test.env');
  await writeFile(envFile, env);
  await execa('git', ['init', '--quiet'], { cwd: checkout });
  if (committed) await execa('git', ['add', '--force', '.'], { cwd: checkout });
  const swarm: Swarm = { specs: [], networks: [] };
  const said: string[] = [];
  const limits: LimitPut[] = [];
  const settings = RecipeSpecBody.parse({ category: 'simple', source: { repo: '/x' }, egress });
  const context = {
    request: {
      uid: 'u1',
      recipe: 'web',
      app: { domain: 'web.ci.test', stack: STACK },
      slot,
      server: { name: 'default', abraServer: 'default' },
      settings,
    },
    config: readConfig({}),
    layout,
    checkout,
    env: {},
    clock: { now: () => new Date(0) },
    signal: new AbortController().signal,
    substep: (_name: string, work: () => Promise<unknown>) => work(),
    log: { say: (text: string) => void said.push(text) },
    limited: (put: readonly LimitPut[]) => void limits.push(...put),
    wait: () => new Promise((resolve) => setImmediate(resolve)),
    swarm: { observe: () => Promise.resolve({ stack: STACK, services: [], things: [] }) },
    specs: {
      specs: () => Promise.resolve(swarm.specs),
      networks: () => Promise.resolve(swarm.networks),
      joined: () => Promise.resolve(joined),
    },
    abra: {
      kind: 'builtin',
      takes,
      deploy: async ({ tree, signal }: { tree: { file: string }; signal: AbortSignal }) => {
        if (takes === 'tree') told(swarm, treeOf(await readFile(tree.file, 'utf8')));
        else told(swarm, misread === undefined ? await rereadOf(checkout, envFile) : treeOf(misread));
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return { ok: false, message: 'stopped', fault: 'infra', lastLines: [], command: 'app deploy' };
      },
      undeploy: () => {
        swarm.specs = [];
        swarm.networks = [];
        return Promise.resolve({ ok: true });
      },
    },
  } as unknown as StageContext;
  return { context, swarm, said, limits };
}

const failureOf = async (work: Promise<unknown>): Promise<StageFailure['failure'] | null> =>
  work.then(
    () => null,
    (error: unknown) => {
      if (error instanceof StageFailure) return error.failure;
      throw error;
    },
  );

describe('the gate of a deploy', () => {
  it('hands on the tree that it judged, with limits, under its digest', async () => {
    const { context, said, limits } = await worldOf({ files: { 'compose.yml': GOOD } });
    const { tree } = await openGate(context);
    const text = await readFile(tree.file, 'utf8');
    expect(treeDigest(text)).toBe(tree.sha256);
    expect(JSON.parse(text)).toMatchObject({
      services: { app: { image: 'web:1', deploy: { resources: { limits: { memory: String(2 ** 31) } } } } },
    });
    expect(said.join()).toContain('cc-ci puts in: app: memory 2 GiB');
    expect(said.join()).not.toContain('asks for more');
    expect(limits[0]).toEqual({ service: 'app', what: 'memory', value: '2 GiB', lowered: false });
  });

  it('says both values, and keeps them, where the recipe asks for more than the operator gives', async () => {
    const greedy = GOOD.replace('volumes: ["data:/x"]', '$&, deploy: {resources: {limits: {memory: 64g}}}');
    const { context, said, limits } = await worldOf({ files: { 'compose.yml': greedy } });
    await openGate(context);
    const value = '8 GiB instead of 64 GiB';
    expect(said.join('\n')).toMatch(new RegExp(`^the recipe asks for more than .*app: memory ${value}`, 'm'));
    expect(limits[0]).toEqual({ service: 'app', what: 'memory', value, lowered: true });
  });

  it.each([
    {
      because: 'a file that only the .env of an older version names',
      files: { 'compose.yml': GOOD, 'compose.extra.yml': HOSTILE },
      env: 'TYPE=web\nCOMPOSE_FILE="compose.yml:compose.extra.yml"\n',
      want: { reason: 'HostBind', evidence: expect.stringContaining('compose.extra.yml') },
    },
    {
      because: 'a variable that only the .env sets',
      files: { 'compose.yml': GOOD.replace('data:/x', '${B:-data}:/x') },
      env: 'TYPE=web\nB=/srv/planted\n',
      want: { reason: 'HostBind', message: expect.stringContaining('/srv/planted') },
    },
    {
      because: 'what docker would refuse',
      files: { 'compose.yml': GOOD.replace('data:/x', 'a:b:c:d') },
      want: { evidence: expect.stringContaining('compose.yml') },
    },
  ] as (World & { because: string; want: object })[])('refuses $because', async ({ files, env, want }) => {
    const { context } = await worldOf({ files, ...(env === undefined ? {} : { env }) });
    expect(await failureOf(openGate(context))).toMatchObject(want);
  });

  describe('and the network to the proxy', () => {
    const ROUTED = `services:
  app: {image: "web:1", networks: {proxy: {aliases: [db]}, inner: null}, deploy: {labels: [traefik.enable=true]}}
networks: {proxy: {external: true}, inner: null}
`;
    const files = { 'compose.yml': ROUTED };

    it('is the run’s own, in the tree and in what is expected of the swarm', async () => {
      const { context, swarm, said } = await worldOf({ files });
      const gate = await openGate(context);
      const tree = JSON.parse(await readFile(gate.tree.file, 'utf8')) as Tree;
      expect(tree).toMatchObject({
        services: { app: { deploy: { labels: { 'traefik.docker.network': 'ccci-proxy-3' } } } },
        networks: { proxy: { external: true, name: 'ccci-proxy-3' } },
      });
      told(swarm, tree);
      expect(swarm.specs[0]?.networks.map(({ name }) => name)).toEqual(['web_ci_test_inner', 'ccci-proxy-3']);
      await gate.hold();
      expect(said.join('\n')).toContain('the network "proxy" is ccci-proxy-3 here');
    });

    it('is the shared one for a deployer that reads the files, where a foreign alias is then an error', async () => {
      const { context } = await worldOf({ files, takes: 'files' });
      expect(await failureOf(openGate(context))).toMatchObject({ reason: 'ForeignAlias' });
      const plain = { 'compose.yml': ROUTED.replace('{aliases: [db]}', 'null') };
      const { context: other } = await worldOf({ files: plain, takes: 'files' });
      const { tree } = await openGate(other);
      expect(JSON.parse(await readFile(tree.file, 'utf8'))).toMatchObject({
        networks: { proxy: { external: true } },
      });
    });

    it('has no way out where the RecipeSpec says so, nor has any other of the app’s networks', async () => {
      const { context, said } = await worldOf({ files, egress: 'none' });
      const { tree } = await openGate(context);
      expect(JSON.parse(await readFile(tree.file, 'utf8'))).toMatchObject({
        networks: { proxy: { name: 'ccci-proxy-3-closed' }, inner: { internal: true } },
      });
      expect(said.join('\n')).toContain('no way out');
      const plain = await worldOf({ files: { 'compose.yml': GOOD }, egress: 'none' });
      const gate = await openGate(plain.context);
      expect(JSON.parse(await readFile(gate.tree.file, 'utf8'))).toMatchObject({
        networks: { default: { internal: true } },
      });
    });

    it.each([
      {
        because: 'a published port would be one',
        world: { files: { 'compose.yml': GOOD.replace('volumes', 'ports: [80], volumes') } },
        reason: 'PublishedPort',
      },
      { because: 'the deployer reads the files', world: { takes: 'files' }, reason: 'EgressNotClosed' },
    ] as { because: string; world: Partial<World>; reason: string }[])(
      'has none, or nothing is deployed: $because',
      async ({ world, reason }) => {
        const good = { 'compose.yml': GOOD };
        const { context } = await worldOf({ files: good, egress: 'none', ...world });
        expect(await failureOf(openGate(context))).toMatchObject({ reason });
      },
    );

    it.each([
      { because: 'the network is not there', world: { joined: null }, reason: 'ProxyNetworkMissing' },
      { because: 'no proxy is in it', world: { joined: [] }, reason: 'ProxyNetworkUnserved' },
      {
        because: 'another app is in it',
        world: { joined: [PROXY, { service: 'x_app', stack: 'x', networks: ['ccci-proxy-3'] }] },
        reason: 'ProxyNetworkTaken',
      },
      { because: 'an older cc-ci began the run', world: { slot: null }, reason: 'NoSlot' },
    ] as { because: string; world: Partial<World>; reason: string }[])(
      'is never shared in silence: $because',
      async ({ world, reason }) => {
        const { context } = await worldOf({ files, ...world });
        const deploy = { version: '1.0.0', since: new Date(0), deadline: new Date(9e12) };
        const error = await deployPinned(context, deploy).catch((each: unknown) => each);
        expect(error).toMatchObject({ fault: 'infra', failure: { reason } });
      },
    );
  });

  it('lets through what swarm was told as it was judged, and says so', async () => {
    const { context, swarm, said } = await worldOf({ files: { 'compose.yml': GOOD } });
    const gate = await openGate(context);
    told(swarm, treeOf(await readFile(gate.tree.file, 'utf8')));
    const over = new AbortController();
    const guarding = gate.guard(over.signal);
    await gate.hold();
    over.abort();
    await guarding;
    expect(said.at(-1)).toBe('the swarm was told what was judged: 1 service');
  });

  it('sees a network that is not as it was judged', async () => {
    const { context, swarm } = await worldOf({ files: { 'compose.yml': GOOD } });
    const gate = await openGate(context);
    told(swarm, treeOf(await readFile(gate.tree.file, 'utf8')));
    swarm.networks = swarm.networks.map((network) => ({ ...network, driver: 'macvlan' }));
    const evidence = expect.stringContaining(
      'web_ci_test_default: driver: judged "overlay", deployed "macvlan"',
    );
    expect(await failureOf(gate.hold())).toMatchObject({ reason: 'DeployedDiffers', evidence });
    expect(await failureOf(gate.guard(new AbortController().signal))).toMatchObject({ evidence });
  });

  it('does not hold while something is missing, and waits for it meanwhile', async () => {
    const { context } = await worldOf({ files: { 'compose.yml': GOOD } });
    const gate = await openGate(context);
    expect(await failureOf(gate.hold())).toMatchObject({ reason: 'DeployedDiffers' });
    const over = new AbortController();
    const guarding = gate.guard(over.signal);
    over.abort();
    await guarding;
  });

  it('does not take what was there before for a difference, until it is the last word', async () => {
    const { context, swarm } = await worldOf({ files: { 'compose.yml': GOOD } });
    told(swarm, treeOf(GOOD.replace('web:1', 'web:0')));
    const gate = await openGate(context);
    const over = new AbortController();
    const guarding = gate.guard(over.signal);
    await new Promise((resolve) => setImmediate(resolve));
    over.abort();
    await guarding;
    expect(await failureOf(gate.hold())).toMatchObject({ evidence: expect.stringContaining('web:0') });
  });

  it('a deployer that reads the files otherwise is stopped, and the app taken down at once', async () => {
    const world = { files: { 'compose.yml': GOOD }, takes: 'files', misread: HOSTILE } as const;
    const { context, swarm } = await worldOf(world);
    const deploy = { version: '1.0.0', since: new Date(0), deadline: new Date(9e12) };
    expect(await failureOf(deployPinned(context, deploy))).toMatchObject({
      reason: 'DeployedDiffers',
      evidence: expect.stringMatching(/^app: mounts: judged "type volume.*deployed "type bind source \/srv/),
    });
    expect(swarm.specs).toEqual([]);
  });

  describe('for a deployer that reads the files', () => {
    const deploy = { version: '1.0.0', since: new Date(0), deadline: new Date(9e12) };
    const files = {
      'compose.yml': `version: "3.8"\n${GOOD.replace('"data:/x"', () => '"data:/x", {type: tmpfs, target: "/a$$b"}')}`,
    };
    const LIMITS = 'compose.ccci-limits.yml';

    it('puts the limits into a file of their own, which the .env names last', async () => {
      const { context, said, limits } = await worldOf({ files, takes: 'files' });
      const { tree } = await openGate(context);
      const text = await readFile(join(context.checkout, LIMITS), 'utf8');
      expect(text).toContain('"version":"3.8"');
      const { env } = parseEnv(await readFile(join(dir, 'abra/u1/servers/default/web.ci.test.env'), 'utf8'));
      expect(env['COMPOSE_FILE']).toBe(`compose.yml:${LIMITS}`);
      expect(await readFile(join(context.checkout, '.git/info/exclude'), 'utf8')).toContain(`/${LIMITS}`);
      expect(JSON.parse(await readFile(tree.file, 'utf8'))).toMatchObject({
        services: {
          app: {
            image: 'web:1',
            deploy: { resources: { limits: { memory: String(2 ** 31) } } },
            volumes: [{ type: 'tmpfs', target: '/a$b', tmpfs: { size: 2 ** 28 } }, { type: 'volume' }],
          },
        },
      });
      expect(limits.map(({ what }) => what)).toContain('tmpfs /a$b');
      expect(limits.map(({ what }) => what)).not.toContain('processes');
      expect(said.join('\n')).toMatch(/^cc-ci puts in: app: memory 2 GiB/m);
      expect(said.join('\n')).toContain(`these limits are in ${LIMITS}, which COMPOSE_FILE names last`);
    });

    it('holds the swarm against what those files say together, at each deploy anew', async () => {
      const { context, swarm, said } = await worldOf({ files, takes: 'files' });
      for (const { image, version, pids } of [
        { image: 'web:1', version: '3.8', pids: 0 },
        { image: 'web:2', version: '3.9', pids: 1000 },
      ]) {
        await writeFile(
          join(context.checkout, 'compose.yml'),
          files['compose.yml'].replace('web:1', image).replace('3.8', version),
        );
        const gate = await openGate(context);
        told(swarm, await rereadOf(context.checkout, join(dir, 'abra/u1/servers/default/web.ci.test.env')));
        await gate.hold();
        expect(swarm.specs[0]).toMatchObject({ image, limits: { memoryBytes: 2 ** 31, pids } });
      }
      expect(said.filter((line) => line.startsWith('the swarm was told'))).toHaveLength(2);
      expect(said.filter((line) => line.includes('know no limit of processes'))).toEqual([
        'compose files of version 3.8 know no limit of processes: the app has none',
      ]);
    });

    it('takes the app down where the limits were left out', async () => {
      const { context, swarm } = await worldOf({ files, takes: 'files', misread: files['compose.yml'] });
      expect(await failureOf(deployPinned(context, deploy))).toMatchObject({
        reason: 'DeployedDiffers',
        evidence: expect.stringContaining('memoryBytes=2147483648'),
      });
      expect(swarm.specs).toEqual([]);
    });

    it('is not taken in by a file of that name', async () => {
      const own = { ...files, [LIMITS]: 'services: {app: {privileged: true}}\n' };
      const { context: loose } = await worldOf({ files: own, takes: 'files' });
      const { tree } = await openGate(loose);
      expect(await readFile(tree.file, 'utf8')).not.toContain('privileged');
      const { context } = await worldOf({ files: own, takes: 'files', committed: true });
      expect(await failureOf(openGate(context))).toMatchObject({ reason: 'ReservedFile' });
    });
  });
});

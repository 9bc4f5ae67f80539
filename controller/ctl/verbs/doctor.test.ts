import { programVersion } from '../../host/program-version.ts';
import { makeSwarm } from '../../swarm/docker.ts';
import { lookForJoined } from '../../swarm/joined.ts';
import { lookAtNetworks } from '../../swarm/network.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../config.ts';
import type { Probes } from '../doctor/checks.ts';
import { EXIT } from '../terminal/exit.ts';
import { makeProbes } from '../doctor/probes.ts';
import { Fixture, NOW } from '../testing.ts';

let fixture: Fixture;

const DAY = 86_400_000;
const inDays = (days: number): Date => new Date(NOW.getTime() + days * DAY);

/** A machine on which nothing is wrong. */
const HEALTHY: Partial<Probes> = {
  stateDir: () => Promise.resolve({ writable: '', fileSystem: 'ext4' }),
  controller: () => Promise.resolve({ pid: 7, alive: true }),
  docker: () => Promise.resolve({ version: '26.1.5', apiVersion: '1.45', swarm: 'active', manager: true }),
  network: () => Promise.resolve({ driver: 'overlay', subnets: ['10.77.0.0/16'] }),
  joined: (name) =>
    Promise.resolve([{ service: 'traefik_app', stack: 'traefik', networks: ['proxy', name] }]),
  address: () => Promise.resolve('192.0.2.1'),
  certificate: () => Promise.resolve({ issuer: 'Test CA', validTo: inDays(60) }),
  abra: () => Promise.resolve({ kind: 'abra', bin: '/usr/bin/abra', version: '0.13.0', missing: [] }),
  version: (program) => Promise.resolve(`${program} 1.0`),
  folder: () => Promise.resolve(true),
  recipes: () => Promise.resolve([{ name: 'ghost', problems: [] }]),
};

const BUILTIN: Partial<Probes> = {
  abra: () => Promise.resolve({ kind: 'builtin', bin: '/b', version: '0', missing: [] }),
};

beforeEach(async () => {
  fixture = await Fixture.make();
  fixture.probes = HEALTHY;
});

afterEach(() => fixture.remove());

const gone = (message: string) => () => Promise.reject(new Error(message));

describe('doctor', () => {
  it('is content with a healthy machine', async () => {
    const { code, out } = await fixture.call('doctor');
    expect(code).toBe(EXIT.ok);
    await expect(out).toMatchFileSnapshot('golden/doctor.txt');
  });

  it.each<{
    because: string;
    probes: Partial<Probes>;
    check: string;
    state: string;
    seen: string;
    todo: string;
  }>([
    {
      because: 'a state directory that cannot be written',
      check: 'state-dir',
      state: 'fail',
      probes: { stateDir: () => Promise.resolve({ writable: 'not writable (EACCES)', fileSystem: 'ext4' }) },
      seen: 'not writable',
      todo: 'CCCI_STATE_DIR',
    },
    {
      because: 'a state directory on a network',
      check: 'state-dir',
      state: 'fail',
      probes: { stateDir: () => Promise.resolve({ writable: '', fileSystem: 'nfs' }) },
      seen: 'is on nfs',
      todo: 'local disk',
    },
    {
      because: 'no controller',
      check: 'controller',
      state: 'warn',
      probes: { controller: () => Promise.resolve(null) },
      seen: 'not running',
      todo: 'npm start',
    },
    {
      because: 'a lock that a crash left',
      check: 'controller',
      state: 'warn',
      probes: { controller: () => Promise.resolve({ pid: 7, alive: false }) },
      seen: 'left by a crash',
      todo: 'npm start',
    },
    {
      because: 'Docker that does not answer',
      check: 'docker',
      state: 'fail',
      probes: { docker: gone('no socket') },
      seen: 'no socket',
      todo: 'CCCI_DOCKER_HOST',
    },
    {
      because: 'Docker without a swarm',
      check: 'docker',
      state: 'fail',
      probes: {
        docker: () => Promise.resolve({ version: '1', apiVersion: '1', swarm: 'inactive', manager: false }),
      },
      seen: 'swarm inactive',
      todo: 'docker swarm init',
    },
    {
      because: 'a worker',
      check: 'docker',
      state: 'fail',
      probes: {
        docker: () => Promise.resolve({ version: '1', apiVersion: '1', swarm: 'active', manager: false }),
      },
      seen: 'not a manager',
      todo: 'manager node',
    },
    {
      because: 'no proxy network',
      check: 'proxy-network',
      state: 'fail',
      probes: { network: () => Promise.resolve(null) },
      seen: 'no network "proxy"',
      todo: 'docker network create',
    },
    {
      because: 'a proxy network that is no overlay',
      check: 'proxy-network',
      state: 'fail',
      probes: { network: () => Promise.resolve({ driver: 'bridge', subnets: [] }) },
      seen: 'bridge',
      todo: 'docker network create',
    },
    {
      because: 'a proxy network that is too small',
      check: 'proxy-network',
      state: 'warn',
      probes: { network: () => Promise.resolve({ driver: 'overlay', subnets: ['10.0.1.0/24'] }) },
      seen: '/24',
      todo: '100 services',
    },
    {
      because: 'a proxy that was deployed before each run had a network of its own',
      check: 'run-networks',
      state: 'fail',
      probes: { ...BUILTIN, joined: () => Promise.resolve(null) },
      seen: 'there is no network ccci-proxy-1, ',
      todo: 'ccci-ctl proxy',
    },
    {
      because: 'networks that the proxy has not joined',
      check: 'run-networks',
      state: 'fail',
      probes: { ...BUILTIN, joined: () => Promise.resolve([]) },
      seen: 'no proxy has joined ccci-proxy-1, ',
      todo: 'ccci-ctl proxy',
    },
    {
      because: 'runs beside each other, by a deployer that reads the recipe’s own files',
      check: 'run-networks',
      state: 'warn',
      probes: { config: readConfig({ CCCI_MAX_TESTS: '2' }) },
      seen: 'every app is in the network "proxy"',
      todo: 'CCCI_MAX_TESTS=1',
    },
    {
      because: 'a zone that leads nowhere',
      check: 'dns',
      state: 'fail',
      probes: { address: gone('ENOTFOUND') },
      seen: 'ENOTFOUND',
      todo: 'CCCI_PROXY_ADDRESS',
    },
    {
      because: 'a proxy that does not answer',
      check: 'proxy',
      state: 'fail',
      probes: { certificate: gone('connect ECONNREFUSED') },
      seen: 'ECONNREFUSED',
      todo: 'CCCI_CA_FILE',
    },
    {
      because: 'a certificate that ends soon',
      check: 'proxy',
      state: 'warn',
      probes: { certificate: () => Promise.resolve({ issuer: 'Test CA', validTo: inDays(5) }) },
      seen: '5 days left',
      todo: 'Renew',
    },
    {
      because: 'an abra without what a run needs',
      check: 'abra',
      state: 'fail',
      probes: {
        abra: () =>
          Promise.resolve({
            kind: 'abra',
            bin: '/usr/bin/abra',
            version: '0.9.0',
            missing: ['app deploy --chaos'],
          }),
      },
      seen: 'lacks app deploy --chaos',
      todo: 'abra 0.13',
    },
    {
      because: 'no git',
      check: 'git',
      state: 'fail',
      probes: { version: gone('not found') },
      seen: 'git: not found',
      todo: 'Install git',
    },
    {
      because: 'no Chromium',
      check: 'chromium',
      state: 'warn',
      probes: { version: gone('not found') },
      seen: 'chromium: not found',
      todo: 'CCCI_CHROMIUM',
    },
    {
      because: 'no bubblewrap',
      check: 'bubblewrap',
      state: 'warn',
      probes: { version: gone('not found') },
      seen: 'bwrap: not found',
      todo: 'Install bubblewrap',
    },
    {
      because: 'no tests',
      check: 'tests-dir',
      state: 'warn',
      probes: { folder: () => Promise.resolve(false) },
      seen: 'does not exist',
      todo: 'CCCI_TESTS_DIR',
    },
    {
      because: 'a RecipeSpec that is wrong',
      check: 'recipes',
      state: 'fail',
      probes: { recipes: () => Promise.resolve([{ name: 'x', problems: ['/r/x.yaml:1:1: nope'] }]) },
      seen: '/r/x.yaml:1:1: nope',
      todo: 'explain recipe.spec',
    },
    {
      because: 'no recipes',
      check: 'recipes',
      state: 'warn',
      probes: { recipes: () => Promise.resolve([]) },
      seen: 'no recipe is enrolled',
      todo: 'RecipeSpec',
    },
  ])('finds $because', async ({ probes, check, state, seen, todo }) => {
    fixture.probes = { ...HEALTHY, ...probes };
    const { code, out } = await fixture.call('doctor', '--check', check, '-o', 'json');
    const { items } = JSON.parse(out) as {
      items: { name: string; state: string; seen: string; todo: string }[];
    };
    expect(items).toMatchObject([{ name: check, state }]);
    expect(items[0]?.seen).toContain(seen);
    expect(items[0]?.todo).toContain(todo);
    expect(code).toBe(state === 'fail' ? EXIT.failed : EXIT.ok);
  });

  it('knows its checks', async () => {
    const { code, err } = await fixture.call('doctor', '--check', 'dokcer');
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('Did you mean "docker"?');
  });
});

describe('the real probes', () => {
  function probes(): Probes {
    const config = readConfig({
      CCCI_STATE_DIR: `${fixture.root}/not/yet`,
      CCCI_RECIPES_DIR: fixture.recipes,
      CCCI_DOCKER_HOST: `unix://${fixture.root}/none.sock`,
      PATH: readConfig().baseEnv['PATH'],
    });
    const { dockerHost, baseEnv: env } = config;
    return makeProbes({
      config,
      nodeVersion: 'v26.0.0',
      now: () => NOW,
      abra: gone('none'),
      swarm: makeSwarm({ dockerHost }),
      network: lookAtNetworks({ dockerHost }),
      joined: lookForJoined({ dockerHost }),
      version: (program) => programVersion(program, { env, limitMs: 5_000 }),
    });
  }

  it('judge a state directory that is still to be made by its parent', async () => {
    expect(await probes().stateDir()).toMatchObject({ writable: '' });
  });

  it('say which program answers, and which is not there', async () => {
    expect(await probes().version('git')).toMatch(/^git version/);
    await expect(probes().version('ccci-no-such-program')).rejects.toThrow('not found');
  });

  it('say where Docker was looked for', async () => {
    await expect(probes().docker()).rejects.toThrow(`Docker does not answer at ${fixture.root}/none.sock`);
    await expect(probes().network('proxy')).rejects.toThrow(
      `Docker does not answer at ${fixture.root}/none.sock`,
    );
  });

  it('read the RecipeSpecs', async () => {
    await fixture.recipe('ghost');
    await fixture.recipe('wrong', { category: 'huge' });
    const [ghost, wrong] = await probes().recipes();
    expect(ghost).toEqual({ name: 'ghost', problems: [] });
    expect(wrong?.problems[0]).toContain('wrong.yaml:');
  });
});

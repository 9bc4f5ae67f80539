import { programAnswer } from '../../host/program-answer.ts';
import { programVersion } from '../../host/program-version.ts';
import { makeSwarm } from '../../swarm/docker.ts';
import { lookForJoined } from '../../swarm/joined.ts';
import { lookAtNetworks } from '../../swarm/network.ts';
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../config.ts';
import type { ForgeProbes, Probes } from '../doctor/port.ts';
import { Terminal } from '../../runtime/errors.ts';
import { EXIT } from '../terminal/exit.ts';
import { makeProbes } from '../doctor/probes.ts';
import { Fixture, NOW } from '../testing.ts';

let fixture: Fixture;

const DAY = 86_400_000;
const inDays = (days: number): Date => new Date(NOW.getTime() + days * DAY);

const GIB = 1024 ** 3;
const LEAF = 'AA:BB:CC:DD:EE';
const OTHER_LEAF = '11:22:33:44:55';

const FORGE: ForgeProbes = {
  me: () => Promise.resolve('cc-ci-bot'),
  membership: () => Promise.resolve('yes'),
  commentsSince: () => Promise.resolve({ comments: [], now: NOW }),
};

/** Everything that can be configured. */
const ALL = {
  CCCI_SSH_HOST: 'cc-ci',
  CCCI_GATEWAY_ADDRESS: '192.0.2.1',
  CCCI_CERTIFICATE_FILE: '/certs/fullchain.pem',
  CCCI_CERTIFICATE_KEY_FILE: '/certs/privkey.pem',
  CCCI_GITEA_URL: 'https://git.example.org',
  CCCI_GITEA_ORGANISATION: 'recipes',
  CCCI_GITEA_TOKEN_FILE: '/run/secrets/bot',
  CCCI_DRONE_URL: 'https://drone.example.org',
  CCCI_DRONE_REPOSITORY: 'coop-cloud/cc-ci',
  CCCI_DRONE_TOKEN_FILE: '/run/secrets/drone',
};

/** A machine on which nothing is wrong. */
const HEALTHY: Partial<Probes> = {
  stateDir: () => Promise.resolve({ writable: '', fileSystem: 'ext4' }),
  controller: () => Promise.resolve({ pid: 7, alive: true }),
  docker: () => Promise.resolve({ version: '26.1.5', apiVersion: '1.45', swarm: 'active', manager: true }),
  network: () => Promise.resolve({ driver: 'overlay', subnets: ['10.77.0.0/16'] }),
  joined: (name) =>
    Promise.resolve([{ service: 'traefik_app', stack: 'traefik', networks: ['proxy', name] }]),
  address: () => Promise.resolve('192.0.2.1'),
  certificate: () => Promise.resolve({ issuer: 'Test CA', validTo: inDays(60), fingerprint: LEAF }),
  abra: () => Promise.resolve({ kind: 'abra', bin: '/usr/bin/abra', version: '0.13.0', missing: [] }),
  version: (program) => Promise.resolve(`${program} 1.0`),
  folder: () => Promise.resolve(true),
  space: () => Promise.resolve({ free: 50 * GIB, total: 100 * GIB }),
  ssh: (_host, command) =>
    Promise.resolve(command === 'nixos-version' ? '26.05.20261101 (Yarara)' : 'cc-ci\nroot'),
  tailnet: () => Promise.resolve('Running'),
  nixos: () => Promise.resolve(null),
  randomName: () => 'ccci-0123',
  certificateFile: () =>
    Promise.resolve({
      names: ['*.ci.test', 'ci.test'],
      validTo: inDays(60),
      fingerprint: LEAF,
      keyFits: true,
    }),
  giteaVersion: () => Promise.resolve('1.26.0'),
  forge: () => Promise.resolve(FORGE),
  drone: () => Promise.resolve({ version: '2.29.0' }),
  recipes: () =>
    Promise.resolve([{ name: 'ghost', problems: [], repo: 'https://git.example.org/recipes/ghost.git' }]),
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
      probes: {
        certificate: () => Promise.resolve({ issuer: 'Test CA', validTo: inDays(5), fingerprint: LEAF }),
      },
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
      probes: {
        recipes: () => Promise.resolve([{ name: 'x', problems: ['/r/x.yaml:1:1: nope'], repo: null }]),
      },
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

  it('shows all that is configured, and nothing that is not', async () => {
    fixture.env = ALL;
    const { code, out } = await fixture.call('doctor');
    expect(code).toBe(EXIT.ok);
    await expect(out).toMatchFileSnapshot('golden/doctor-all.txt');
    fixture.env = {};
    expect((await fixture.call('doctor', '--check', 'ssh', '--check', 'gitea')).out).toContain(
      'not configured',
    );
  });

  it('tells what is blocked for a person, and where to write it', async () => {
    fixture.env = ALL;
    fixture.probes = { ...HEALTHY, address: gone('getaddrinfo ENOTFOUND') };
    const { code, out } = await fixture.call('doctor', '--check', 'dns');
    expect(code).toBe(EXIT.failed);
    expect(out).toMatch(/^■ blocked {2}dns {2}ccci-0123\.ci\.test: getaddrinfo ENOTFOUND$/m);
    expect(out).toContain('under `## Blocked`');
    expect(out).toContain('0 ok, no warnings, no failures, 1 blocked');
  });

  const membership = (answer: Awaited<ReturnType<ForgeProbes['membership']>>) => ({
    forge: () => Promise.resolve({ ...FORGE, membership: () => Promise.resolve(answer) }),
  });
  const file = (over: object) => ({
    certificateFile: () =>
      Promise.resolve({
        names: ['*.ci.test', 'ci.test'],
        validTo: inDays(60),
        fingerprint: LEAF,
        keyFits: true,
        ...over,
      }),
  });
  const shows = (fingerprint: string) => ({
    certificate: () => Promise.resolve({ issuer: 'Test CA', validTo: inDays(60), fingerprint }),
  });

  it.each<{
    because: string;
    check: string;
    probes: Partial<Probes>;
    state: string;
    seen: string;
    todo?: string;
  }>([
    {
      because: 'a machine that is reached as somebody else',
      check: 'ssh',
      probes: { ssh: () => Promise.resolve('cc-ci\nada') },
      state: 'fail',
      seen: 'as ada',
      todo: 'Log in as root',
    },
    {
      because: 'a machine that is not reached though the tailnet is up',
      check: 'ssh',
      probes: { ssh: gone('timed out') },
      state: 'fail',
      seen: 'the tailnet is up',
      todo: 'Try again',
    },
    {
      because: 'a machine that is not reached because the tailnet is lost',
      check: 'ssh',
      probes: { ssh: gone('timed out'), tailnet: () => Promise.resolve('NeedsLogin') },
      state: 'blocked',
      seen: 'NeedsLogin',
      todo: 'systemctl status tailscaled',
    },
    {
      because: 'a machine that is not reached without a tailnet',
      check: 'ssh',
      probes: { ssh: gone('timed out'), tailnet: () => Promise.resolve(null) },
      state: 'fail',
      seen: 'timed out',
      todo: 'try again',
    },
    {
      because: 'a machine that is no NixOS',
      check: 'nixos',
      probes: { ssh: () => Promise.resolve('Debian') },
      state: 'fail',
      seen: 'Debian',
    },
    {
      because: 'a wildcard that leads elsewhere',
      check: 'dns',
      probes: { address: () => Promise.resolve('198.51.100.9') },
      state: 'blocked',
      seen: 'not to the gateway 192.0.2.1',
      todo: 'zone’s DNS',
    },
    {
      because: 'a gateway that answers by itself',
      check: 'gateway',
      probes: shows(OTHER_LEAF),
      state: 'blocked',
      seen: 'another certificate',
      todo: 'without an entry for each',
    },
    {
      because: 'a gateway that does not answer',
      check: 'gateway',
      probes: { certificate: gone('ECONNREFUSED') },
      state: 'blocked',
      seen: 'ECONNREFUSED',
      todo: 'operator of the gateway',
    },
    {
      because: 'a certificate that is not there',
      check: 'certificate',
      probes: { certificateFile: gone('ENOENT') },
      state: 'blocked',
      seen: 'ENOENT',
      todo: '/certs/fullchain.pem',
    },
    {
      because: 'a certificate without the bare name',
      check: 'certificate',
      probes: file({ names: ['*.ci.test'] }),
      state: 'blocked',
      seen: 'not for ci.test',
      todo: 'the bare name',
    },
    {
      because: 'a certificate with another key',
      check: 'certificate',
      probes: file({ keyFits: false }),
      state: 'blocked',
      seen: 'is not the key of',
    },
    {
      because: 'a certificate that ends within three weeks',
      check: 'certificate',
      probes: file({ validTo: inDays(20) }),
      state: 'warn',
      seen: '20 days left',
      todo: 'docs/secrets.md',
    },
    {
      because: 'a certificate that has three weeks',
      check: 'certificate',
      probes: file({ validTo: inDays(21) }),
      state: 'ok',
      seen: '21 days left',
    },
    {
      because: 'a certificate that has expired',
      check: 'certificate',
      probes: file({ validTo: inDays(-2) }),
      state: 'blocked',
      seen: 'expired, 2 days ago',
    },
    {
      because: 'a proxy that serves the old certificate',
      check: 'proxy',
      probes: shows(OTHER_LEAF),
      state: 'warn',
      seen: 'not the one of CCCI_CERTIFICATE_FILE',
      todo: 'ccci-ctl proxy',
    },
    {
      because: 'a disk that is nearly full',
      check: 'disk',
      probes: { space: () => Promise.resolve({ free: 2 * GIB, total: 100 * GIB }) },
      state: 'fail',
      seen: '2 GiB of 100 GiB',
      todo: 'docker image prune',
    },
    {
      because: 'a Gitea that does not answer',
      check: 'gitea',
      probes: { giteaVersion: gone('ECONNREFUSED') },
      state: 'fail',
      seen: 'ECONNREFUSED',
      todo: 'CCCI_GITEA_URL',
    },
    {
      because: 'a bot whose token is none',
      check: 'gitea-bot',
      probes: {
        forge: () =>
          Promise.resolve({
            ...FORGE,
            me: () => Promise.reject(new Terminal('ForgeUnauthorized', 'No such token.')),
          }),
      },
      state: 'fail',
      seen: 'No such token',
      todo: 'CCCI_GITEA_TOKEN_FILE',
    },
    {
      because: 'a bot whose token may too little',
      check: 'gitea-bot',
      probes: {
        forge: () =>
          Promise.resolve({
            ...FORGE,
            me: () => Promise.reject(new Terminal('ForgeForbidden', 'No scope.')),
          }),
      },
      state: 'blocked',
      seen: 'No scope',
      todo: 'scopes',
    },
    {
      because: 'a bot that is no member',
      check: 'gitea-bot',
      probes: membership('no'),
      state: 'blocked',
      seen: 'no member of recipes',
      todo: 'owner of the organisation',
    },
    {
      because: 'a Gitea that does not tell who is a member',
      check: 'gitea-bot',
      probes: membership({ cannotTell: 'Gitea redirects.' }),
      state: 'blocked',
      seen: 'Gitea redirects.',
    },
    {
      because: 'a repository that the bot may not read',
      check: 'gitea-rights',
      probes: {
        forge: () =>
          Promise.resolve({
            ...FORGE,
            commentsSince: () => Promise.reject(new Terminal('ForgeForbidden', 'No.')),
          }),
      },
      state: 'blocked',
      seen: 'recipes/ghost',
      todo: 'administer nothing',
    },
    {
      because: 'a Gitea from which nothing is enrolled',
      check: 'gitea-rights',
      probes: { recipes: () => Promise.resolve([]) },
      state: 'warn',
      seen: 'no recipe is enrolled',
      todo: 'ccci-ctl enroll',
    },
    {
      because: 'a Drone that does not answer',
      check: 'drone',
      probes: { drone: gone('ECONNREFUSED') },
      state: 'fail',
      seen: 'ECONNREFUSED',
      todo: 'CCCI_DRONE_URL',
    },
    {
      because: 'a Drone that refuses',
      check: 'drone',
      probes: { drone: () => Promise.reject(new Terminal('DroneForbidden', 'Not yours.')) },
      state: 'blocked',
      seen: 'Not yours',
    },
  ])('finds $because', async ({ check, probes, state, seen, todo = '' }) => {
    fixture.env = ALL;
    fixture.probes = { ...HEALTHY, ...probes };
    const { code, out } = await fixture.call('doctor', '--check', check, '-o', 'json');
    const { items } = JSON.parse(out) as { items: { state: string; seen: string; todo: string }[] };
    expect(items).toMatchObject([{ state }]);
    expect(items[0]?.seen).toContain(seen);
    expect(items[0]?.todo).toContain(todo);
    expect(items[0]?.todo.includes('`## Blocked`')).toBe(state === 'blocked');
    expect(code).toBe(['fail', 'blocked'].includes(state) ? EXIT.failed : EXIT.ok);
  });

  it('knows its checks', async () => {
    const { code, err } = await fixture.call('doctor', '--check', 'dokcer');
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('Did you mean "docker"?');
  });
});

describe('the real probes', () => {
  function probes(path = readConfig().baseEnv['PATH']): Probes {
    const config = readConfig({
      CCCI_STATE_DIR: `${fixture.root}/not/yet`,
      CCCI_RECIPES_DIR: fixture.recipes,
      CCCI_DOCKER_HOST: `unix://${fixture.root}/none.sock`,
      PATH: path,
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
      program: (program, args) => programAnswer(program, args, { env, limitMs: 5_000 }),
      forge: gone('none'),
      drone: gone('none'),
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
    expect(ghost).toEqual({ name: 'ghost', problems: [], repo: 'https://git.example.org/ghost.git' });
    expect(wrong?.problems[0]).toContain('wrong.yaml:');
  });

  it('read a certificate and whether a key fits, also with its chain', async () => {
    const [file, keyFile, other] = ['a.pem', 'a.key', 'b.key'].map((name) => `${fixture.root}/${name}`) as [
      string,
      string,
      string,
    ];
    const make = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '40',
      '-subj',
      '/CN=x',
    ];
    await execa('openssl', [
      ...make,
      '-keyout',
      keyFile,
      '-out',
      file,
      '-addext',
      'subjectAltName=DNS:*.ci.test,DNS:ci.test',
    ]);
    await execa('openssl', [...make, '-keyout', other, '-out', `${fixture.root}/b.pem`]);
    await writeFile(file, (await readFile(file, 'utf8')) + (await readFile(`${fixture.root}/b.pem`, 'utf8')));
    const seen = await probes().certificateFile({ file, keyFile });
    expect(seen).toMatchObject({ names: ['*.ci.test', 'ci.test'], keyFits: true });
    expect(seen.fingerprint).toMatch(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect((await probes().certificateFile({ file, keyFile: other })).keyFits).toBe(false);
    await expect(probes().certificateFile({ file: `${fixture.root}/none`, keyFile })).rejects.toThrow(
      'ENOENT',
    );
  });

  it('ask ssh and tailscale as they are found, and tell their last words', async () => {
    const bin = `${fixture.root}/bin`;
    await fixture.write(`${bin}/ssh`, '#!/bin/sh\necho "$@"\n');
    await fixture.write(`${bin}/tailscale`, '#!/bin/sh\necho \'{"BackendState":"NeedsLogin"}\'\n');
    await fixture.write(`${bin}/nixos-version`, '#!/bin/sh\necho first >&2\necho not today >&2\nexit 3\n');
    for (const name of ['ssh', 'tailscale', 'nixos-version']) await chmod(`${bin}/${name}`, 0o755);
    const real = probes(bin);
    expect(await real.ssh('cc-ci', 'hostname && whoami')).toBe(
      '-o BatchMode=yes -o ConnectTimeout=5 -- cc-ci hostname && whoami',
    );
    expect(await real.tailnet()).toBe('NeedsLogin');
    await expect(real.nixos()).rejects.toThrow('not today');
    expect(await probes(`${fixture.root}/none`).tailnet()).toBeNull();
    await expect(probes(`${fixture.root}/none`).ssh('x', 'y')).rejects.toThrow('ssh is not installed');
  });

  it('know Gitea by its version, and nothing else for it', async () => {
    const server = createServer((request, response) => {
      const body = request.url === '/good/api/v1/version' ? '{"version":"1.26.0"}' : '<html>';
      response.end(body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const at = server.address();
    const url = `http://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`;
    expect(await probes().giteaVersion(`${url}/good`)).toBe('1.26.0');
    await expect(probes().giteaVersion(url)).rejects.toThrow('answers 200, and not as Gitea does');
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    await expect(probes().giteaVersion(url)).rejects.toThrow('does not answer');
  });

  it('measure the disk of a folder that is still to be made, and invent names', async () => {
    const { free, total } = await probes().space(`${fixture.root}/not/yet`);
    expect(total).toBeGreaterThan(free);
    expect(probes().randomName()).toMatch(/^ccci-[0-9a-f]{12}$/);
    expect(probes().randomName()).not.toBe(probes().randomName());
  });
});

/** The swarm, its network and the proxy, made from nothing on a real Docker, healed, and given another certificate; what is as wished is left alone. */
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAbra } from '../../controller/abra/driver.ts';
import { readConfig, ROOT } from '../../controller/config.ts';
import type { ProxyDeps } from '../../controller/proxy/deployment.ts';
import { ensureGround } from '../../controller/proxy/ground.ts';
import { ensureProxy } from '../../controller/proxy/proxy.ts';
import { rotateCertificate } from '../../controller/proxy/rotate.ts';
import { systemClock } from '../../controller/runtime/clock.ts';
import { makeSwarm } from '../../controller/swarm/docker.ts';
import { makeGroundKeeper } from '../../controller/swarm/ground.ts';
import { makeNetworkKeeper } from '../../controller/swarm/joined.ts';
import { makeSpecReader } from '../../controller/swarm/specs.ts';
import { type Certificates, ensureCertificates } from '../sandbox/certificates.ts';
import { makeRecipeRepo } from '../sandbox/repos.ts';
import { ensureSandbox, removeSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import { dockerAt } from './swarm-world.ts';

/** Of its own: there is one proxy on a swarm, and this one is changed and taken away. */
const NAME = 'proxies';
const STACK = 'traefik_ci_test';
const QUICK = { SWARM_REFRESH_SECONDS: '0.3s', PROVIDERS_THROTTLE_DURATION: '100ms' };

describe.skipIf(process.env['E2E_ALL'] !== '1')('what stands before any run', () => {
  let sandbox: Sandbox;
  let dir: string;
  let deps: ProxyDeps;
  let repo: string;
  let renewed: Certificates;
  let pages: Server;
  let routes: readonly { readonly host: string; readonly url: string }[] = [];
  const said: string[] = [];
  const say = (text: string): void => void said.push(text);
  const wait = async (ms: number): Promise<void> => void (await delay(ms));

  const docker = async (...args: readonly string[]): Promise<string> =>
    (await dockerAt(sandbox)(args)).stdout.trim();
  const tasks = (): Promise<string> => docker('service', 'ps', '--quiet', '--no-trunc', `${STACK}_app`);
  const secrets = async (): Promise<string[]> =>
    (await docker('secret', 'ls', '--format', '{{.Name}}'))
      .split('\n')
      .filter((name) => name.includes('ssl_'))
      .sort();
  const ground = () =>
    ensureGround(
      { keeper: makeGroundKeeper({ dockerHost: sandbox.dockerHost }), clock: systemClock, wait, say },
      { address: sandbox.address, subnet: '10.77.0.0/16' },
    );
  const proxy = (
    settings: Readonly<Record<string, string>> = QUICK,
    files: Pick<Certificates, 'certFile' | 'keyFile'> = sandbox,
  ) =>
    ensureProxy(deps, {
      zone: sandbox.zone,
      repo,
      ref: 'HEAD',
      certFile: files.certFile,
      keyFile: files.keyFile,
      slots: 1,
      settings,
      routes,
    });
  const served = (): Promise<string> =>
    new Promise((resolve, reject) => {
      // Which certificate answers is the question, so that every one is looked at.
      const socket = connect(
        { host: sandbox.address, port: 443, servername: `x.${sandbox.zone}`, rejectUnauthorized: false },
        () => {
          resolve(socket.getPeerCertificate().fingerprint256);
          socket.destroy();
        },
      );
      socket.on('error', reject);
    });
  const page = (host: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const options = {
        host: sandbox.address,
        servername: host,
        headers: { host },
        rejectUnauthorized: false,
      };
      request(options, (answer) => {
        answer
          .setEncoding('utf8')
          .on('data', (text: string) => resolve(`${answer.statusCode} ${text.trim()}`));
      })
        .on('error', reject)
        .end();
    });
  const leafOf = async ({ certFile }: Pick<Certificates, 'certFile'>): Promise<string> =>
    new X509Certificate(await readFile(certFile)).fingerprint256;

  beforeAll(async () => {
    sandbox = await ensureSandbox({ name: NAME });
    dir = await mkdtemp(join(tmpdir(), 'ccci-proxies-'));
    repo = (await makeRecipeRepo('traefik', dir)).path;
    pages = createServer((_request, response) => response.end('our own page'));
    await new Promise<void>((resolve) => pages.listen(0, sandbox.gateway, resolve));
    renewed = await ensureCertificates(join(dir, 'renewed'), sandbox.zone);
    const { dockerHost } = sandbox;
    const { baseEnv } = readConfig({ PATH: process.env['PATH'], HOME: process.env['HOME'] });
    const abraDir = join(dir, 'proxy');
    const env = { ...baseEnv, CCCI_RESOLVE_IMAGE: 'never' };
    deps = {
      swarm: makeSwarm({ dockerHost }),
      specs: makeSpecReader({ dockerHost }),
      networks: makeNetworkKeeper({ dockerHost }),
      abra: makeAbra({ bin: join(ROOT, 'bin', 'abra-builtin'), kind: 'builtin', abraDir, dockerHost, env }),
      clock: systemClock,
      wait,
      abraDir,
      env: baseEnv,
      say,
    };
  });
  afterAll(async () => {
    pages.close();
    await removeSandbox({ name: NAME });
    await rm(dir, { recursive: true, force: true });
  });

  it('is made of a Docker that left its swarm, once', async () => {
    await docker('swarm', 'leave', '--force');
    await expect(proxy()).rejects.toMatchObject({
      reason: 'NoSwarm',
      message: expect.stringContaining('ccci-ctl swarm'),
    });
    expect(await ground()).toBe('changed');
    expect(await ground()).toBe('unchanged');
    expect(
      await docker(
        'network',
        'inspect',
        'proxy',
        '--format',
        '{{.Driver}} {{.Attachable}} {{(index .IPAM.Config 0).Subnet}}',
      ),
    ).toBe('overlay true 10.77.0.0/16');
  });

  it('has the proxy deployed, and a second call restarts nothing', async () => {
    expect(await proxy()).toBe('deployed');
    const before = await tasks();
    expect(await proxy()).toBe('unchanged');
    expect(await tasks()).toBe(before);
    expect(await served()).toBe(await leafOf(sandbox));
  });

  it('follows a setting that was changed after the first deploy, once', async () => {
    const changed = { ...QUICK, LOG_LEVEL: 'INFO' };
    expect(await proxy(changed)).toBe('deployed');
    const before = await tasks();
    expect(
      await docker(
        'service',
        'inspect',
        `${STACK}_app`,
        '--format',
        '{{.Spec.TaskTemplate.ContainerSpec.Env}}',
      ),
    ).toContain('LOG_LEVEL=INFO');
    expect(await proxy(changed)).toBe('unchanged');
    expect(await tasks()).toBe(before);
  });

  it('leads a name to a program of this machine, beside the apps', async () => {
    const { port } = pages.address() as AddressInfo;
    routes = [{ host: sandbox.zone, url: `http://${sandbox.gateway}:${port}` }];
    expect(await proxy({ ...QUICK, LOG_LEVEL: 'INFO' })).toBe('deployed');
    await expect.poll(() => page(sandbox.zone), { timeout: 20_000 }).toBe('200 our own page');
    expect(await page(`nobody.${sandbox.zone}`)).toBe('404 404 page not found');
    expect(await proxy({ ...QUICK, LOG_LEVEL: 'INFO' })).toBe('unchanged');
  });

  it('gets another certificate, keeps its settings, and leaves no version behind', async () => {
    const old = await secrets();
    expect(old).toHaveLength(2);
    const rotate = () =>
      rotateCertificate(deps, { zone: sandbox.zone, certFile: renewed.certFile, keyFile: renewed.keyFile });
    expect(await rotate()).toBe('rotated');
    expect(await served()).toBe(await leafOf(renewed));
    const now = await secrets();
    expect(now).toHaveLength(2);
    expect(now.filter((name) => old.includes(name))).toEqual([]);
    const before = await tasks();
    expect(await rotate()).toBe('unchanged');
    expect(await proxy({ ...QUICK, LOG_LEVEL: 'INFO' }, renewed)).toBe('unchanged');
    expect(await tasks()).toBe(before);
  });

  it('goes on where a deploy died after its secrets were made', async () => {
    const version = (await secrets())[0]?.split('_').at(-1) ?? '';
    const before = await tasks();
    await docker('service', 'update', '--detach', '--label-rm', 'ccci.proxy.settings', `${STACK}_app`);
    expect(await proxy({ ...QUICK, LOG_LEVEL: 'INFO' }, renewed)).toBe('deployed');
    expect((await secrets())[0]).toContain(version);
    // What the containers get is the same, so none of them is another.
    expect(await tasks()).toBe(before);
  });

  it('is whole again after the stack and the network were removed by hand', async () => {
    await docker('stack', 'rm', STACK);
    await expect
      .poll(async () => docker('network', 'rm', 'proxy').catch((error: Error) => error.message), {
        timeout: 30_000,
        interval: 500,
      })
      .toBe('proxy');
    // Swarm forgets it at once, and the engine a moment later.
    await expect
      .poll(() => docker('network', 'ls', '--quiet', '--filter', 'name=^proxy$'), { timeout: 30_000 })
      .toBe('');
    expect(await ground()).toBe('changed');
    expect(await proxy(QUICK, renewed)).toBe('deployed');
    expect(await served()).toBe(await leafOf(renewed));
  });

  it('is made by programs that have none of root’s capabilities, as their units leave them', async () => {
    const bare = ['--bounding-set=-all', '--inh-caps=-all', '--no-new-privs', join(ROOT, 'bin', 'ccci-ctl')];
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: join(dir, 'state'),
      CCCI_STATE_DIR: join(dir, 'state'),
      CCCI_DOCKER_HOST: sandbox.dockerHost,
      CCCI_ZONE: sandbox.zone,
      CCCI_ABRA_BIN: join(ROOT, 'bin', 'abra-builtin'),
      CCCI_RESOLVE_IMAGE: 'never',
      CCCI_CERTIFICATE_FILE: sandbox.certFile,
      CCCI_CERTIFICATE_KEY_FILE: sandbox.keyFile,
    };
    const ctl = async (...words: readonly string[]): Promise<string> =>
      (await execa('setpriv', [...bare, ...words], { env, extendEnv: false })).stdout;
    await docker('stack', 'rm', STACK);
    expect(await ctl('swarm', '--advertise-address', sandbox.address)).toBe('swarm unchanged');
    const wish = [
      'proxy',
      '--repo',
      repo,
      ...Object.entries(QUICK).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
    ];
    expect(await ctl(...wish)).toBe('proxy deployed');
    expect(await ctl(...wish)).toBe('proxy unchanged');
    expect(await served()).toBe(await leafOf(sandbox));
    expect(await ctl('proxy', 'rotate', '--cert', renewed.certFile, '--key', renewed.keyFile)).toBe(
      'proxy rotated',
    );
    expect(await served()).toBe(await leafOf(renewed));
  });
});

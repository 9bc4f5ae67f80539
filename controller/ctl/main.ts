/** The composition root of `ccci-ctl`: the only place of this room that reads the process. */
import type { Cluster } from '../views/cluster.ts';
import { randomInt } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readConfig, ROOT, type Config } from '../config.ts';
import { trustAuthority, withGitTrust } from '../runtime/authorities.ts';
import { systemClock } from '../runtime/clock.ts';
import { runCtl } from './cli.ts';
import type { ClusterDeps } from './cluster.ts';
import type { ProxyDeps } from '../proxy/deployment.ts';
import type { Sink, World } from './terminal/world.ts';
import type { AbraSeen, Probes } from './doctor/port.ts';
import { Interrupted } from './terminal/exit.ts';

const ID_LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';
const ID_LENGTH = 5;

function newId(): string {
  return Array.from({ length: ID_LENGTH }, () => ID_LETTERS[randomInt(ID_LETTERS.length)]).join('');
}

function sinkOf(stream: NodeJS.WriteStream): Sink {
  // `ccci-ctl get runs | head` closes our output early: that is no failure.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  return { write: (text) => stream.write(text), isTTY: stream.isTTY };
}

/** The first Ctrl-C ends the wait and lets the command say so, the second ends the process. */
function interruption(): AbortSignal {
  const control = new AbortController();
  process.once('SIGINT', () => control.abort());
  return control.signal;
}

/** Not only the first: whoever stops a group of processes may say it twice. */
function termination(): AbortSignal {
  const control = new AbortController();
  process.on('SIGTERM', () => control.abort());
  return control.signal;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    throw new Interrupted('Interrupted.', { cause: error });
  }
}

async function readAll(stream: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function cluster(config: Config): Promise<Cluster> {
  const [{ makeCluster }, { makeSwarm }, local, { installationOf }, { makeLayout }] = await Promise.all([
    import('./cluster.ts'),
    import('../swarm/docker.ts'),
    import('../host/local-leftovers.ts'),
    import('../runtime/identity.ts'),
    import('../store/layout.ts'),
  ]);
  const swarm = makeSwarm({ dockerHost: config.dockerHost });
  const layout = makeLayout(config.stateDir);
  const stagesFor: ClusterDeps['stagesFor'] = (key) => {
    const installation = installationOf(key);
    return {
      owners: () => local.localOwners(layout, installation),
      ensureLocalAbsent: (uid) => local.ensureLocalAbsent({ layout, installation }, uid),
    };
  };
  return makeCluster({ config, clock: systemClock, swarm, stagesFor });
}

async function abra(config: Config): Promise<AbraSeen> {
  const [{ probeAbra }, { resolveAbraBin }] = await Promise.all([
    import('../abra/probe.ts'),
    import('../abra/resolve.ts'),
  ]);
  const path = config.baseEnv['PATH'] ?? '';
  const found = await resolveAbraBin(config.abraBin, { path, builtin: join(ROOT, 'bin', 'abra-builtin') });
  const missing = await probeAbra({ bin: found.bin, env: { ...config.baseEnv, NO_COLOR: '1' } });
  return { ...found, missing: missing.map(({ command, flags }) => [command, ...flags].join(' ').trim()) };
}

/** ssh asks a name server and a key agent first. */
const SSH_MS = 15_000;

function envWithAgent(config: Config): Record<string, string> {
  const agent = process.env['SSH_AUTH_SOCK'];
  return { ...config.baseEnv, ...(agent === undefined ? {} : { SSH_AUTH_SOCK: agent }) };
}

async function probes(config: Config): Promise<Probes> {
  trustAuthority(config.caFile);
  const [
    { makeProbes, PATIENCE_MS },
    { makeSwarm },
    { lookAtNetworks },
    { lookForJoined },
    { programVersion },
    { programAnswer },
  ] = await Promise.all([
    import('./doctor/probes.ts'),
    import('../swarm/docker.ts'),
    import('../swarm/network.ts'),
    import('../swarm/joined.ts'),
    import('../host/program-version.ts'),
    import('../host/program-answer.ts'),
  ]);
  const engine = { dockerHost: config.dockerHost, callMs: PATIENCE_MS };
  return makeProbes({
    config,
    nodeVersion: process.version,
    now: () => systemClock.now(),
    abra: () => abra(config),
    swarm: makeSwarm(engine),
    network: lookAtNetworks(engine),
    joined: lookForJoined(engine),
    version: (program) => programVersion(program, { env: config.baseEnv, limitMs: PATIENCE_MS }),
    program: (program, args) => programAnswer(program, args, { env: envWithAgent(config), limitMs: SSH_MS }),
    forge: async (gitea) =>
      (await import('../gitea/forge.ts')).giteaForge({
        ...gitea,
        tokenName: 'cc-ci doctor',
        clock: systemClock,
      }),
    drone: async (drone) => (await import('../drone/client.ts')).makeDrone(drone).check(),
  });
}

async function proxyDeps(config: Config, say: (text: string) => void): Promise<ProxyDeps> {
  const [{ makeSwarm }, { makeSpecReader }, { makeNetworkKeeper }, { makeAbra }, { resolveAbraBin }] =
    await Promise.all([
      import('../swarm/docker.ts'),
      import('../swarm/specs.ts'),
      import('../swarm/joined.ts'),
      import('../abra/driver.ts'),
      import('../abra/resolve.ts'),
    ]);
  const abraDir = join(config.stateDir, 'proxy');
  const builtin = join(ROOT, 'bin', 'abra-builtin');
  const { bin, kind } = await resolveAbraBin(config.abraBin, { path: config.baseEnv['PATH'] ?? '', builtin });
  const env = { ...config.baseEnv, CCCI_RESOLVE_IMAGE: config.resolveImage };
  const { dockerHost } = config;
  return {
    swarm: makeSwarm({ dockerHost }),
    specs: makeSpecReader({ dockerHost }),
    networks: makeNetworkKeeper({ dockerHost }),
    abra: makeAbra({ bin, kind, abraDir, dockerHost, env }),
    clock: systemClock,
    wait: async (ms) => void (await delay(ms)),
    abraDir,
    env: config.baseEnv,
    say,
  };
}

const proxy: World['proxy'] = async (config, wanted, say) => {
  const { ensureProxy } = await import('../proxy/proxy.ts');
  const wish = { ...wanted, zone: config.zone, slots: config.maxTests };
  return ensureProxy(await proxyDeps(config, say), wish);
};

const rotateProxy: World['rotateProxy'] = async (config, files, say) => {
  const { rotateCertificate } = await import('../proxy/rotate.ts');
  return rotateCertificate(await proxyDeps(config, say), { ...files, zone: config.zone });
};

const ground: World['ground'] = async ({ dockerHost }, wish, say) => {
  const [{ ensureGround }, { makeGroundKeeper }] = await Promise.all([
    import('../proxy/ground.ts'),
    import('../swarm/ground.ts'),
  ]);
  const wait = async (ms: number): Promise<void> => void (await delay(ms));
  return ensureGround({ keeper: makeGroundKeeper({ dockerHost }), clock: systemClock, wait, say }, wish);
};

const mirror: World['mirror'] = async (config, wanted) => {
  const [{ ensureMirror }, { readSecret }] = await Promise.all([
    import('../mirror/mirror.ts'),
    import('../runtime/secret-source.ts'),
  ]);
  const { gitea, mirrorToken } = config.doors;
  if (gitea === null || mirrorToken === null) throw new Error('It is not configured where mirrors are made.');
  const token = await readSecret(mirrorToken);
  trustAuthority(config.caFile);
  return withGitTrust(config.caFile, (trust) =>
    ensureMirror({ url: gitea.url, token, env: { ...config.baseEnv, ...trust }, tmpDir: tmpdir() }, wanted),
  );
};

function world(): World {
  const signal = interruption();
  return {
    out: sinkOf(process.stdout),
    err: sinkOf(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    nodeVersion: process.version,
    now: () => systemClock.now(),
    pause: (ms) => pause(ms, signal),
    terminated: termination,
    stdin: () => readAll(process.stdin),
    newId,
    resolveRef: async (repo, ref) => {
      const { resolveCommit } = await import('../git/repository.ts');
      return withGitTrust(readConfig().caFile, (trust) =>
        resolveCommit(repo, ref, { ...process.env, ...trust }),
      );
    },
    uncommitted: async (repo) => (await import('../git/repository.ts')).countUncommitted(repo, process.env),
    cluster,
    probes,
    proxy,
    rotateProxy,
    ground,
    mirror,
  };
}

// The exit code is set and not forced, so that output to a slow pipe is written to its end.
process.exitCode = await runCtl(process.argv.slice(2), world());

/** The real looks behind `doctor`. Plain Node: the Docker socket speaks HTTP. */
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { constants } from 'node:fs';
import { access, readFile, stat, statfs } from 'node:fs/promises';
import { request } from 'node:http';
import { dirname } from 'node:path';
import { connect, getCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Config } from '../../config.ts';
import { codeOf, messageOf } from '../../runtime/errors.ts';
import { readLock } from '../../store/lock.ts';
import { makeLayout } from '../../store/layout.ts';
import { documentNames, readRecipe } from '../../store/spec-files.ts';
import { problemText } from '../../store/parse-document.ts';
import type { Probes } from './checks.ts';

/** A probe that does not answer is a finding, not a wait. */
const PATIENCE_MS = 5_000;
const HTTPS = 443;

/** Magic numbers of statfs(2), linux/magic.h. */
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  0x69_69: 'nfs',
  0x51_7b: 'smb',
  0xff_53_4d_42: 'cifs',
  0xfe_53_4d_42: 'cifs',
  0x65_73_55_46: 'sshfs or another FUSE',
  0xef_53: 'ext4',
  0x91_23_68_3e: 'btrfs',
  0x58_46_53_42: 'xfs',
  0x01_02_19_94: 'tmpfs',
  0x79_4c_76_30: 'overlayfs',
  0x2f_c1_2f_c1: 'zfs',
};

const Info = z.object({
  ServerVersion: z.string(),
  Swarm: z.object({ LocalNodeState: z.string(), ControlAvailable: z.boolean().default(false) }),
});
const Version = z.object({ ApiVersion: z.string() });
const Network = z.object({
  Driver: z.string(),
  IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string().optional() })).nullable() }),
});

function dockerGet(config: Config, path: string): Promise<{ status: number; body: unknown }> {
  const socketPath = config.dockerHost.replace(/^unix:\/\//, '');
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(new Error(`Docker does not answer at ${socketPath}: ${error.message}`, { cause: error }));
    const sent = request({ socketPath, path, timeout: PATIENCE_MS }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', fail);
      answer.on('end', () => {
        try {
          resolve({
            status: answer.statusCode ?? 0,
            body: JSON.parse(Buffer.concat(chunks).toString()) as unknown,
          });
        } catch (error) {
          fail(new Error(`it answered no JSON to ${path}`, { cause: error }));
        }
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${PATIENCE_MS / 1000} s`)));
    sent.on('error', fail);
    sent.end();
  });
}

/** The nearest folder that exists: the state directory may not have been made yet. */
async function existing(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || path === dirname(path)) throw error;
    return existing(dirname(path));
  }
}

async function stateDir(config: Config): Promise<{ writable: string; fileSystem: string }> {
  const folder = await existing(config.stateDir);
  const { type } = await statfs(folder);
  const fileSystem = FILE_SYSTEMS[type] ?? `file system 0x${type.toString(16)}`;
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return { writable: '', fileSystem };
  } catch (error) {
    return { writable: `not writable (${codeOf(error)})`, fileSystem };
  }
}

async function trusted(config: Config): Promise<string[]> {
  const own = config.caFile === null ? [] : [await readFile(config.caFile, 'utf8')];
  return [...getCACertificates('default'), ...own];
}

async function certificate(
  config: Config,
  address: string,
  host: string,
): Promise<{ issuer: string; validTo: Date }> {
  const ca = await trusted(config);
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      socket.destroy();
      reject(new Error(`${address}:${HTTPS} as ${host}: ${error.message}`, { cause: error }));
    };
    const socket = connect({ host: address, port: HTTPS, servername: host, ca, timeout: PATIENCE_MS }, () => {
      const { raw } = socket.getPeerCertificate();
      const shown = new X509Certificate(raw);
      socket.destroy();
      const issuer = /^(?:CN|O)=(.+)$/m.exec(shown.issuer)?.[1] ?? shown.issuer;
      resolve({ issuer, validTo: new Date(shown.validTo) });
    });
    socket.on('timeout', () => fail(new Error(`no answer within ${PATIENCE_MS / 1000} s`)));
    socket.on('error', fail);
  });
}

async function version(config: Config, program: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, ['--version'], {
      timeout: PATIENCE_MS,
      env: { ...config.baseEnv },
    });
    return stdout.trim().split('\n')[0] ?? '';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new Error('not found', { cause: error });
    throw new Error(messageOf(error).split('\n')[0] ?? '', { cause: error });
  }
}

async function docker(config: Config): ReturnType<Probes['docker']> {
  const [info, about] = await Promise.all([dockerGet(config, '/info'), dockerGet(config, '/version')]);
  const { ServerVersion, Swarm } = Info.parse(info.body);
  return {
    version: ServerVersion,
    apiVersion: Version.parse(about.body).ApiVersion,
    swarm: Swarm.LocalNodeState,
    manager: Swarm.ControlAvailable,
  };
}

async function network(config: Config, name: string): ReturnType<Probes['network']> {
  const { status, body } = await dockerGet(config, `/networks/${encodeURIComponent(name)}`);
  if (status === 404) return null;
  const { Driver, IPAM } = Network.parse(body);
  return { driver: Driver, subnets: (IPAM.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []) };
}

async function recipes({ recipesDir }: Config): ReturnType<Probes['recipes']> {
  return Promise.all(
    (await documentNames(recipesDir)).sort().map(async (name) => {
      const seen = await readRecipe(recipesDir, name);
      return { name, problems: seen === null || seen.parsed.ok ? [] : seen.parsed.problems.map(problemText) };
    }),
  );
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

export interface ProbeDeps {
  readonly config: Config;
  readonly nodeVersion: string;
  readonly now: () => Date;
  readonly abra: Probes['abra'];
}

export function makeProbes({ config, nodeVersion, now, abra }: ProbeDeps): Probes {
  return {
    config,
    nodeVersion,
    now,
    abra,
    stateDir: () => stateDir(config),
    controller: () => readLock(makeLayout(config.stateDir).lockFile),
    docker: () => docker(config),
    network: (name) => network(config, name),
    address: async (host) => (await lookup(host)).address,
    certificate: (address, host) => certificate(config, address, host),
    version: (program) => version(config, program),
    folder: isFolder,
    recipes: () => recipes(config),
  };
}

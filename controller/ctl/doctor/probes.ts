/** What the checks of `doctor` ask of the real machine. */
import { randomBytes, X509Certificate } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { constants } from 'node:fs';
import { access, readFile, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { connect, getCACertificates } from 'node:tls';
import type { Config } from '../../config.ts';
import type { Swarm } from '../../ports.ts';
import { codeOf, messageOf } from '../../runtime/errors.ts';
import { readLock } from '../../store/lock.ts';
import { makeLayout } from '../../store/layout.ts';
import { documentNames, readRecipe } from '../../store/spec-files.ts';
import { problemText } from '../../store/parse-document.ts';
import type { CertificateShown, Probes } from './port.ts';
import {
  certificateFile,
  giteaVersion,
  nixos,
  type ProgramAnswer,
  spaceOf,
  sshAnswer,
  tailnet,
} from './site-probes.ts';

/** A probe that does not answer is a finding, not a wait. */
export const PATIENCE_MS = 5_000;
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

async function certificate(config: Config, address: string, host: string): Promise<CertificateShown> {
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
      resolve({ issuer, validTo: new Date(shown.validTo), fingerprint: shown.fingerprint256 });
    });
    socket.on('timeout', () => fail(new Error(`no answer within ${PATIENCE_MS / 1000} s`)));
    socket.on('error', fail);
  });
}

async function recipes({ recipesDir }: Config): ReturnType<Probes['recipes']> {
  return Promise.all(
    (await documentNames(recipesDir)).sort().map(async (name) => {
      const seen = await readRecipe(recipesDir, name);
      const problems = seen === null || seen.parsed.ok ? [] : seen.parsed.problems.map(problemText);
      return { name, problems, repo: seen?.parsed.ok === true ? seen.parsed.value.spec.source.repo : null };
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

/** Adapters that are loaded for `doctor` alone. */
export interface ProbeDeps extends Pick<
  Probes,
  'config' | 'nodeVersion' | 'now' | 'abra' | 'network' | 'joined' | 'version' | 'forge' | 'drone'
> {
  readonly swarm: Pick<Swarm, 'info'>;
  readonly program: ProgramAnswer;
}

export function makeProbes({ swarm, program, ...given }: ProbeDeps): Probes {
  const { config } = given;
  return {
    ...given,
    stateDir: () => stateDir(config),
    controller: () => readLock(makeLayout(config.stateDir).lockFile),
    docker: () => answered(config, docker(swarm)),
    network: (name) => answered(config, given.network(name)),
    joined: (name) => answered(config, given.joined(name)),
    address: async (host) => (await lookup(host)).address,
    certificate: (address, host) => certificate(config, address, host),
    folder: isFolder,
    recipes: () => recipes(config),
    ssh: (host, command) => sshAnswer(program, host, command),
    tailnet: () => tailnet(program),
    nixos: () => nixos(program),
    randomName: () => `ccci-${randomBytes(6).toString('hex')}`,
    certificateFile,
    space: (path) => existing(path).then(spaceOf),
    giteaVersion: (url) => giteaVersion(url, PATIENCE_MS),
  };
}

async function docker(swarm: Pick<Swarm, 'info'>): ReturnType<Probes['docker']> {
  const { engine, apiVersion, swarm: state, manager } = await swarm.info();
  return { version: engine, apiVersion, swarm: state, manager };
}

/** Says where Docker was looked for. */
async function answered<T>({ dockerHost }: Config, question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (error) {
    const socket = dockerHost.replace(/^unix:\/\//, '');
    throw new Error(`Docker does not answer at ${socket}: ${messageOf(error)}`, { cause: error });
  }
}

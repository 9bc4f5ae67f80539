/** Decides which executable deploys: the real abra or the built-in deployer. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import type { AbraKind } from './driver.ts';
import { AbraMissing, runAbra } from './run.ts';

export type Resolved = { bin: string; kind: AbraKind; version: string; note: string };

export type ResolveDeps = {
  /** The PATH that is searched for `abra`. */
  path: string;
  /** The built-in deployer: `bin/abra-builtin` of this checkout. */
  builtin: string;
};

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

async function findOnPath(name: string, path: string): Promise<string | undefined> {
  for (const dir of path.split(delimiter).filter((part) => isAbsolute(part))) {
    if (await isExecutable(join(dir, name))) return join(dir, name);
  }
  return undefined;
}

const VERSION_TIMEOUT_MS = 20_000;

/** Asks the executable what it is: other programs are called abra too. */
async function askKind(bin: string, path: string): Promise<{ kind: AbraKind | undefined; version: string }> {
  const env = { PATH: path, HOME: '/nonexistent', TERM: 'dumb', NO_COLOR: '1' };
  const run = await runAbra({ bin, argv: ['--version'], env, pty: false, timeoutMs: VERSION_TIMEOUT_MS });
  const version =
    `${run.stdout}\n${run.stderr}`
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? '';
  if (run.exitCode !== 0) return { kind: undefined, version };
  if (version.startsWith('abra-builtin')) return { kind: 'builtin', version };
  return { kind: /^abra version\b|^v?\d+\.\d+\.\d+/.test(version) ? 'abra' : undefined, version };
}

async function builtin(deps: ResolveDeps, note: string): Promise<Resolved> {
  const { kind, version } = await askKind(deps.builtin, deps.path);
  if (kind !== 'builtin')
    throw new AbraMissing(`${deps.builtin} does not work: ${version || 'it said nothing'}`);
  return { bin: deps.builtin, kind, version, note };
}

/**
 * `auto`: abra where it is on the PATH, else the built-in deployer. A path is taken as it is, and
 * AbraMissing is thrown when it does not answer as abra does.
 */
export async function resolveAbraBin(wanted: string, deps: ResolveDeps): Promise<Resolved> {
  if (wanted !== 'auto') {
    const { kind, version } = await askKind(wanted, deps.path);
    if (!kind) throw new AbraMissing(`${wanted} does not answer --version as abra does: "${version}"`);
    return { bin: wanted, kind, version, note: 'configured' };
  }
  const found = await findOnPath('abra', deps.path);
  if (found === undefined) return builtin(deps, 'no abra on the PATH');
  const { kind, version } = await askKind(found, deps.path);
  if (!kind) return builtin(deps, `${found} is another program called abra ("${version}")`);
  return { bin: found, kind, version, note: 'found on the PATH' };
}

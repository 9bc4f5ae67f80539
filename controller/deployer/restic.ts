/** restic, as the deployer calls it: with a repository of its own. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from './context.ts';
import { exec } from './exec.ts';
import type { BackupItem } from './backup-plan.ts';
import { Fatal } from './log.ts';

const RESTIC_TIMEOUT_MS = 20 * 60_000;

export type Restic = {
  /** Archives a folder; returns the id of the snapshot. */
  backup(dir: string, tag: string): Promise<string>;
  /** The path that a snapshot holds, and its id. */
  find(snapshot: string, tag: string): Promise<{ id: string; path: string }>;
  restore(id: string, target: string): Promise<void>;
};

function resticEnv(context: Context, dir: string): Record<string, string> {
  const passed = Object.entries(context.env).filter(
    ([key, value]) => /^(?:RESTIC|AWS)_/.test(key) && value !== undefined,
  );
  return {
    PATH: context.env.PATH ?? '/usr/bin:/bin',
    HOME: dir,
    RESTIC_REPOSITORY: join(dir, 'restic'),
    RESTIC_PASSWORD_FILE: join(dir, 'password'),
    ...(Object.fromEntries(passed) as Record<string, string>),
  };
}

async function ensurePassword(file: string): Promise<void> {
  if (await stat(file).catch(() => undefined)) return;
  await writeFile(file, randomBytes(24).toString('hex'), { mode: 0o600, flag: 'wx' });
}

/** Reads restic's JSON, which has one object a line, or one array. */
function jsonLines(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => /^[[{]/.test(line))
    .flatMap((line) => JSON.parse(line) as unknown[]);
}

type Summary = { snapshot_id?: string };
type Snapshot = { id?: string; paths?: string[] };

/** A repository of its own below ABRA_DIR, unless RESTIC_REPOSITORY says where. */
export async function openRestic(context: Context): Promise<Restic> {
  const dir = join(context.abraDir, 'backups');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const env = resticEnv(context, dir);
  await ensurePassword(env.RESTIC_PASSWORD_FILE ?? '');
  const run = async (...args: string[]): Promise<string> => {
    const result = await exec(['restic', '--no-cache', '--json', ...args], {
      env,
      timeoutMs: RESTIC_TIMEOUT_MS,
    });
    if (result.code !== 0)
      throw new Fatal(`restic ${args[0] ?? ''}: ${result.stderr.trim() || `exit ${result.code}`}`);
    return result.stdout;
  };
  const known = await exec(['restic', '--no-cache', 'cat', 'config'], { env, timeoutMs: RESTIC_TIMEOUT_MS });
  if (known.code !== 0) await run('init');
  return {
    backup: async (path, tag) => {
      const summaries = jsonLines(
        await run('backup', '--tag', tag, '--host', 'abra-builtin', path),
      ) as Summary[];
      const id = summaries.findLast((line) => line.snapshot_id !== undefined)?.snapshot_id;
      if (id === undefined) throw new Fatal('restic backup named no snapshot');
      return id;
    },
    find: async (snapshot, tag) => {
      const found = jsonLines(await run('snapshots', '--tag', tag, snapshot)) as Snapshot[];
      const { id, paths } = found.at(-1) ?? {};
      const path = paths?.[0];
      if (id === undefined || path === undefined)
        throw new Fatal(`there is no snapshot ${snapshot} of this app`);
      return { id, path };
    },
    restore: async (id, target) => void (await run('restore', id, '--target', target)),
  };
}

export type Manifest = {
  domain: string;
  recipe: string;
  version: string;
  items: (BackupItem & { file: string })[];
};

export async function readManifest(dir: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8')) as Manifest;
}

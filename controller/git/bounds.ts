/** What a repository may cost: memory, time, files and bytes of git, and of what it leaves on the disk. */
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf, Terminal } from '../runtime/errors.ts';

const MIB = 1024 * 1024;

export interface GitBounds {
  /** Of one call. */
  readonly timeoutMs: number;
  /** Of one process of git: what it allocates, without the packs that it maps. */
  readonly memoryBytes: number;
  /** Of what git answers to us. */
  readonly answerBytes: number;
  /** What a fetch may leave on the disk; of one file of it, a pack for example, also to the byte. */
  readonly fetchedBytes: number;
  /** Files in the folder after a fetch: every branch and tag is one. */
  readonly fetchedFiles: number;
  /** Files and folders of one commit. */
  readonly entries: number;
  /** Folders in each other. */
  readonly depth: number;
  /** All files of one commit together. */
  readonly treeBytes: number;
}

/** A recipe is a few dozen text files; the largest public one has 3 MiB with all its history. */
export const GIT_BOUNDS: GitBounds = {
  timeoutMs: 120_000,
  memoryBytes: 1024 * MIB,
  answerBytes: 16 * MIB,
  fetchedBytes: 512 * MIB,
  fetchedFiles: 20_000,
  entries: 20_000,
  depth: 64,
  treeBytes: 256 * MIB,
};

/** A repository, or a commit of it, that is more than a recipe can be. */
export class RepositoryTooLarge extends Terminal {
  constructor(what: string, options?: ErrorOptions) {
    super('RepositoryTooLarge', `The repository is too large to be a recipe: ${what}.`, options);
  }
}

export const mib = (bytes: number): string => `${Math.floor(bytes / MIB)} MiB`;

/** Of root's powers git keeps that to read what belongs to others, an operator's own repository for example. */
const POWERS = ['--inh-caps=-all', '--ambient-caps=-all', '--bounding-set=-all,+dac_read_search'];

/** What git is started through: for git and each of its helpers. */
export function boundedBy(bounds: GitBounds, isRoot: boolean): string[] {
  const limits = {
    data: bounds.memoryBytes,
    fsize: bounds.fetchedBytes,
    cpu: Math.ceil(bounds.timeoutMs / 1_000),
    core: 0,
  };
  const prlimit = [
    'prlimit',
    ...Object.entries(limits).map(([name, value]) => `--${name}=${value}:${value}`),
  ];
  return [...prlimit, '--', ...(isRoot ? ['setpriv', '--no-new-privs', ...POWERS, '--'] : [])];
}

/** git's own settings to the same end: one thread, packs mapped piece by piece, large files streamed and never loose. */
export const BOUNDED_SETTINGS = [
  'pack.threads=1',
  'pack.windowMemory=64m',
  'core.packedGitWindowSize=32m',
  'core.packedGitLimit=256m',
  'core.deltaBaseCacheLimit=64m',
  'core.bigFileThreshold=16m',
  'fetch.unpackLimit=1',
  'gc.auto=0',
  'maintenance.auto=false',
].flatMap((setting) => ['-c', setting]);

/** What git, or the kernel to it, says where a limit of ours was met; or null. */
export function limitMet(stderr: string, bounds: GitBounds): string | null {
  // What the other side says of itself was not our limit.
  const said = stderr.replaceAll(/^remote: .*$/gm, '');
  if (/died of signal 25|File too large|File size limit/i.test(said))
    return `a file that git fetches has more than ${mib(bounds.fetchedBytes)}`;
  if (/out of memory|malloc failed|realloc failed|cannot allocate memory/i.test(said))
    return `git needs more than ${mib(bounds.memoryBytes)} of memory for it`;
  return null;
}

const LOOK_MS = 250;

/** Looks until it is told to stop, or until the folder holds too much; says what, or null. */
export async function watchFolder(
  folder: string,
  bounds: GitBounds,
  signal: AbortSignal,
): Promise<string | null> {
  while (!signal.aborted) {
    const exceeded = await exceededIn(folder, bounds);
    if (exceeded !== null) return exceeded;
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
  return exceededIn(folder, bounds);
}

async function exceededIn(folder: string, bounds: GitBounds): Promise<string | null> {
  const counted = { files: 0, bytes: 0 };
  const isOver = (): boolean => counted.files > bounds.fetchedFiles || counted.bytes > bounds.fetchedBytes;
  const todo = [folder];
  for (let next = todo.pop(); next !== undefined && !isOver(); next = todo.pop())
    todo.push(...(await countIn(next, counted, isOver)));
  if (counted.files > bounds.fetchedFiles) return `it came with more than ${bounds.fetchedFiles} files`;
  return isOver() ? `it came with more than ${mib(bounds.fetchedBytes)}` : null;
}

/** The folders in it. Files come and go while git works. */
async function countIn(
  folder: string,
  counted: { files: number; bytes: number },
  isOver: () => boolean,
): Promise<string[]> {
  const folders: string[] = [];
  try {
    for await (const entry of await opendir(folder)) {
      if (isOver()) return [];
      counted.files += 1;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) counted.bytes += await sizeOf(path);
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  return folders;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0;
    throw error;
  }
}

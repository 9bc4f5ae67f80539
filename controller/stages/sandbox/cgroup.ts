/** Memory and processes of a sandbox as a whole, bounded by cgroups: version 2, or 1 where that is what the machine has. */
import { mkdir, readdir, readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../runtime/errors.ts';
import { until, within } from '../../runtime/until.ts';
import { exists } from '../../store/exists.ts';

export interface CgroupLimits {
  readonly memoryBytes: number;
  readonly processes: number;
}

export interface Cgroup {
  readonly version: 1 | 2;
  /** Its folders, memory's first. */
  readonly dirs: readonly string[];
  /** From here on the process and all that it starts are counted. */
  add(pid: number): Promise<void>;
  /** Whether the kernel ended a process for want of memory. */
  ranOutOfMemory(): Promise<boolean>;
  /** Waits until the last process has left. */
  remove(): Promise<void>;
}

const ROOT = '/sys/fs/cgroup';
const PARENT = 'ccci-sandbox';
/** Processes that were killed leave within milliseconds, unless the machine is very busy. */
const LEAVE_LOOK_MS = 20;
const LEAVE_MS = 5_000;
/** An empty one of a stage that was killed; a new one is empty for milliseconds. */
const STALE_MS = 10 * 60_000;

/** Null where this machine or this user has none: then each process has its own limits, and nothing bounds their sum. */
export async function makeCgroup(name: string, limits: CgroupLimits, now: Date): Promise<Cgroup | null> {
  const places = await placesOf();
  if (places === null) return null;
  const { version, parents } = places;
  const dirs = parents.map((parent) => join(parent, name));
  for (const [index, dir] of dirs.entries()) {
    await sweep(parents[index] ?? '', now);
    await mkdir(dir, { recursive: true });
    for (const [file, value] of settingsOf(version, limits))
      if (await exists(join(dir, file))) await writeFile(join(dir, file), value);
  }
  return {
    version,
    dirs,
    add: async (pid) => {
      for (const dir of dirs) await writeFile(join(dir, 'cgroup.procs'), String(pid));
    },
    ranOutOfMemory: async () => {
      const file = join(dirs[0] ?? '', version === 2 ? 'memory.events' : 'memory.oom_control');
      return Number(/^oom_kill (\d+)$/m.exec(await readFile(file, 'utf8'))?.[1] ?? 0) > 0;
    },
    remove: async () => {
      for (const dir of dirs) await removeEmptied(dir);
    },
  };
}

/** Memory first. */
async function placesOf(): Promise<{ version: 1 | 2; parents: string[] } | null> {
  try {
    if (await exists(join(ROOT, 'cgroup.controllers'))) {
      const has = (await readFile(join(ROOT, 'cgroup.controllers'), 'utf8')).trim().split(' ');
      if (!['memory', 'pids'].every((one) => has.includes(one))) return null;
      const parent = join(ROOT, PARENT);
      await mkdir(parent, { recursive: true });
      for (const dir of [ROOT, parent]) await writeFile(join(dir, 'cgroup.subtree_control'), '+memory +pids');
      return { version: 2, parents: [parent] };
    }
    const parents = ['memory', 'pids'].map((controller) => join(ROOT, controller, PARENT));
    for (const parent of parents) {
      if (!(await exists(join(parent, '..', 'cgroup.procs')))) return null;
      await mkdir(parent, { recursive: true });
    }
    return { version: 1, parents };
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'EBUSY'].includes(codeOf(error))) return null;
    throw error;
  }
}

/** Files that a kernel does not have (swap accounting) are left out. */
function settingsOf(version: 1 | 2, { memoryBytes, processes }: CgroupLimits): (readonly [string, string])[] {
  const pids = ['pids.max', String(processes)] as const;
  const bytes = String(memoryBytes);
  return version === 2
    ? [['memory.max', bytes], ['memory.swap.max', '0'], pids]
    : [['memory.limit_in_bytes', bytes], ['memory.memsw.limit_in_bytes', bytes], pids];
}

async function removeEmptied(dir: string): Promise<void> {
  const tryRemove = async (): Promise<unknown> => rmdir(dir).catch((error: unknown) => error);
  const isGone = (error: unknown): true | undefined => {
    if (error === undefined || codeOf(error) === 'ENOENT') return true;
    if (codeOf(error) !== 'EBUSY') throw error;
    return undefined;
  };
  await until(tryRemove, isGone, {
    ...within(LEAVE_MS),
    every: LEAVE_LOOK_MS,
    late: (error) => {
      throw error;
    },
  });
}

async function sweep(parent: string, now: Date): Promise<void> {
  for (const entry of await readdir(parent, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const dir = join(parent, entry.name);
    try {
      if (now.getTime() - (await stat(dir)).mtimeMs > STALE_MS) await rmdir(dir);
    } catch (error) {
      if (!['ENOENT', 'EBUSY'].includes(codeOf(error))) throw error;
    }
  }
}

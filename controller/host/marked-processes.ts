/** Finds and ends the processes of a step by the mark in their environment: it survives daemonising, new sessions and a killed parent. */
import { readdir, readFile } from 'node:fs/promises';
import { codeOf } from '../runtime/errors.ts';
import { isAlive, startTimeOf } from '../runtime/process.ts';
import { until, within } from '../runtime/until.ts';

export const MARK_VARIABLE = 'CCCI_STEP_MARK';

/** Every process of the run bears `<installation>/<uid>/…`, every process of the step `<installation>/<uid>/<step dir>`. */
export function markOf(installation: string, uid: string, stepDir: string): string {
  return `${installation}/${uid}/${stepDir}`;
}

export interface Marked {
  readonly pid: number;
  readonly startTime: string;
  readonly mark: string;
}

const GONE = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM']);

async function readMark(pid: number): Promise<Marked | null> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1');
    const entry = environment.split('\0').find((each) => each.startsWith(`${MARK_VARIABLE}=`));
    if (entry === undefined) return null;
    const startTime = await startTimeOf(pid);
    return startTime === null ? null : { pid, startTime, mark: entry.slice(MARK_VARIABLE.length + 1) };
  } catch (error) {
    if (GONE.has(codeOf(error))) return null;
    throw error;
  }
}

/** All live processes whose mark starts so, this one excepted. */
export async function markedProcesses(prefix: string): Promise<Marked[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const marked = await Promise.all(pids.filter((pid) => pid !== process.pid).map(readMark));
  return marked.filter(
    (each): each is Marked => each !== null && (each.mark === prefix || each.mark.startsWith(`${prefix}/`)),
  );
}

async function signal(processes: readonly Marked[], name: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  for (const each of processes) {
    // Read again just before: the pid may have been given to another process since.
    if ((await startTimeOf(each.pid)) !== each.startTime) continue;
    try {
      process.kill(each.pid, name);
    } catch (error) {
      if (codeOf(error) !== 'ESRCH') throw error;
    }
  }
}

const TERM_GRACE_MS = 3_000;
const KILL_GRACE_MS = 5_000;
/** Each look reads all of /proc. */
const LEFT_LOOK_MS = 50;

/**
 * Those of the mark that are there, and those seen earlier that have not ended: a dying process loses its environment,
 * and with it the mark, a moment before it is gone. `known` grows with what is seen.
 */
async function stillThere(prefix: string, known: Map<number, Marked>): Promise<Marked[]> {
  for (const each of await markedProcesses(prefix)) known.set(each.pid, each);
  const alive = await Promise.all(
    [...known.values()].map(async (each) => ((await isAlive(each)) ? [each] : [])),
  );
  return alive.flat();
}

async function waitGone(prefix: string, known: Map<number, Marked>, ms: number): Promise<Marked[]> {
  const left = (): Promise<Marked[]> => stillThere(prefix, known);
  return until(left, (seen) => (seen.length === 0 ? seen : undefined), {
    ...within(ms),
    every: LEFT_LOOK_MS,
    late: (seen) => seen,
  });
}

/** TERM, wait, KILL, verify. Throws if something survives a KILL. */
export async function endMarked(prefix: string): Promise<void> {
  const known = new Map<number, Marked>();
  await signal(await stillThere(prefix, known), 'SIGTERM');
  const stubborn = await waitGone(prefix, known, TERM_GRACE_MS);
  if (stubborn.length === 0) return;
  await signal(stubborn, 'SIGKILL');
  const left = await waitGone(prefix, known, KILL_GRACE_MS);
  if (left.length > 0)
    throw new Error(`Processes ${left.map((each) => each.pid).join(', ')} of ${prefix} survive SIGKILL.`);
}

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A pid alone may have been given to somebody else's process since; its start time tells. */
export interface ProcessId {
  pid: number;
  startTime: string;
}

export function identify(pid: number): ProcessId | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** Alive, not a zombie, and the same process as when it was identified. */
export function isAlive(id: ProcessId): boolean {
  return startTimeOf(id.pid) === id.startTime;
}

function startTimeOf(pid: number): string | undefined {
  const stat = readProc(pid, 'stat');
  // The command's name stands in brackets and may itself hold spaces and brackets.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (!fields || fields[0] === 'Z') return undefined;
  return fields[19];
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

export function argvOf(pid: number): string[] {
  return readProc(pid, 'cmdline')?.split('\0').slice(0, -1) ?? [];
}

function pidNamespaceOf(pid: number, link = 'pid'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${link}`);
  } catch {
    return undefined;
  }
}

/** Processes inside the pid namespace that `unshare`'s process `id` made for its children. */
export function listInside(id: ProcessId): number[] {
  const inside = isAlive(id) ? pidNamespaceOf(id.pid, 'pid_for_children') : undefined;
  if (inside === undefined || inside === pidNamespaceOf(process.pid)) return [];
  return listPids().filter((pid) => pidNamespaceOf(pid) === inside);
}

export function listPids(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);
}

/** Sends a signal to this very process, and to no other that got its pid since. */
export function signal(id: ProcessId, name: NodeJS.Signals): void {
  if (!isAlive(id)) return;
  try {
    process.kill(id.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export async function waitUntil(what: () => boolean | Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  while (!(await what())) {
    if (performance.now() > end) return false;
    await sleep(20);
  }
  return true;
}

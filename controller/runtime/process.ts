/** Which process is which: a pid alone may have been given to another one since. */
import { readFile } from 'node:fs/promises';
import { codeOf } from './errors.ts';

let bootId: string | null = null;

async function readBootId(): Promise<string> {
  bootId ??= (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  return bootId;
}

/** `<boot id>/<clock ticks since boot>` of a live process, or null where there is none. Zombies count as gone. Source: proc(5), fields 3 and 22 of stat. */
export async function startTimeOf(pid: number): Promise<string | null> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return null;
    throw error;
  }
  // The command (field 2) may hold spaces and parentheses, so count from the last ')'.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ticks] = [fields[0], fields[19]];
  return state === 'Z' || state === 'X' || ticks === undefined ? null : `${await readBootId()}/${ticks}`;
}

export async function isAlive(process: { pid: number; startTime: string }): Promise<boolean> {
  return (await startTimeOf(process.pid)) === process.startTime;
}

/** A lock file that keeps a second controller out, and that of a dead one does not. */
import { unlink } from 'node:fs/promises';
import { z } from 'zod';
import { isAlive, startTimeOf } from '../runtime/process.ts';
import { Terminal } from '../runtime/errors.ts';
import type { Clock } from '../ports.ts';
import { createAtomic, readIfThere } from './atomic.ts';

const LockText = z.object({ pid: z.number().int().positive(), startTime: z.string(), startedAt: z.string() });

export interface LockSeen {
  readonly pid: number;
  readonly startedAt: Date;
  readonly alive: boolean;
}

/** Who holds the lock, or null. An unreadable lock counts as held by nobody alive: it was torn by a crash. */
export async function readLock(file: string): Promise<LockSeen | null> {
  const text = await readIfThere(file);
  if (text === null) return null;
  let parsed;
  try {
    parsed = LockText.parse(JSON.parse(text));
  } catch {
    return { pid: 0, startedAt: new Date(0), alive: false };
  }
  return { pid: parsed.pid, startedAt: new Date(parsed.startedAt), alive: await isAlive(parsed) };
}

/** Takes the lock or throws Terminal naming the holder. Returns its release. */
export async function takeLock(file: string, clock: Clock): Promise<() => Promise<void>> {
  const startTime = await startTimeOf(process.pid);
  const text = `${JSON.stringify({ pid: process.pid, startTime, startedAt: clock.now().toISOString() })}\n`;
  for (let tries = 0; tries < 3; tries++) {
    if (await createAtomic(file, text)) return () => release(file, text);
    const holder = await readLock(file);
    if (holder?.alive === true) {
      throw new Terminal(
        'AlreadyRunning',
        `A controller already runs on this state directory: pid ${holder.pid} since ${holder.startedAt.toISOString()} (${file}). Stop it first, or set CCCI_STATE_DIR to another directory.`,
      );
    }
    if (holder !== null) await unlink(file);
  }
  throw new Terminal(
    'LockContended',
    `Another controller is being started on this state directory at this moment (${file}). Try again.`,
  );
}

async function release(file: string, text: string): Promise<void> {
  if ((await readIfThere(file)) === text) await unlink(file);
}

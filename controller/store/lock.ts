/**
 * A lock file that keeps a second controller out, and that of a dead one does not.
 * The file says who; that only one takes over what a dead one left is the kernel's: an abstract socket, which goes with its process.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpath, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { isAlive, startTimeOf } from '../runtime/process.ts';
import { codeOf, Terminal } from '../runtime/errors.ts';
import { jsonOf } from '../runtime/json.ts';
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
  return text === null ? null : lockIn(text);
}

async function lockIn(text: string): Promise<LockSeen> {
  const { data } = LockText.safeParse(jsonOf(text));
  if (data === undefined) return { pid: 0, startedAt: new Date(0), alive: false };
  return { pid: data.pid, startedAt: new Date(data.startedAt), alive: await isAlive(data) };
}

/** Takes the lock or throws Terminal naming the holder. Returns its release. */
export async function takeLock(file: string, clock: Clock): Promise<() => Promise<void>> {
  const startTime = await startTimeOf(process.pid);
  const text = `${JSON.stringify({ pid: process.pid, startTime, startedAt: clock.now().toISOString() })}\n`;
  const name = await guardNameOf(file);
  const guard = await listenAt(name, text);
  if (guard === null) throw refusal(file, await readLock(file), await holderAt(name));
  try {
    await writeLock(file, text);
  } catch (error) {
    guard.close();
    throw error;
  }
  return async () => {
    if ((await readIfThere(file)) === text) await unlink(file);
    guard.close();
  };
}

/** Only ever called by the one who holds the guard; a live holder then is in another network namespace. */
async function writeLock(file: string, text: string): Promise<void> {
  while (!(await createAtomic(file, text))) {
    const holder = await readLock(file);
    if (holder?.alive === true) throw refusal(file, holder, null);
    if (holder !== null) await unlink(file);
  }
}

/** `said` is what the holder itself says, whatever became of its file. */
function refusal(file: string, written: LockSeen | null, said: LockSeen | null): Terminal {
  const holder = written?.alive === true ? written : said;
  if (holder?.alive !== true)
    return new Terminal(
      'LockContended',
      `Another controller is being started or ended on this state directory at this moment (${file}). Try again.`,
    );
  const about = written?.alive === true ? file : `${file} was removed or changed under it`;
  return new Terminal(
    'AlreadyRunning',
    `A controller already runs on this state directory: pid ${holder.pid} since ${holder.startedAt.toISOString()} (${about}). Stop it first, or set CCCI_STATE_DIR to another directory.`,
  );
}

/** What the holder of the guard says of itself; null where it is stopped, or gone by now. */
async function holderAt(name: string): Promise<LockSeen | null> {
  const socket = connect({ path: name });
  socket.setTimeout(SAY_MS, () => socket.destroy());
  let said = '';
  try {
    for await (const piece of socket) said += String(piece);
  } catch {
    // It went away before it had said anything.
  }
  return said === '' ? null : lockIn(said);
}

/** A controller that is not stopped answers at once, also while it works. */
const SAY_MS = 2_000;

async function guardNameOf(file: string): Promise<string> {
  const place = join(await realpath(dirname(file)), basename(file));
  return `\0ccci-${createHash('sha256').update(place).digest('hex').slice(0, 40)}`;
}

/** Says to whoever asks who holds it. Null where somebody listens already. */
async function listenAt(path: string, text: string): Promise<Server | null> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(text);
  });
  server.listen({ path });
  try {
    await once(server, 'listening');
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') return null;
    throw error;
  }
  server.unref();
  return server;
}

/** Statuses that cannot be written where they belong, on a full disk for one: kept in a file whose space was taken beforehand, for whoever looks. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { TestRunStatus } from '../api/test-run-status.ts';
import { codeOf } from '../runtime/errors.ts';
import { readIfThere } from './atomic.ts';

/** About fifty statuses; of more than fit, those that were added last are left out. */
const BYTES = 256 * 1024;
const DIGEST = 16;

const Kept = z.array(TestRunStatus);

export interface Reserve {
  /** Replaces what was kept of that run. */
  keep(status: TestRunStatus): Promise<void>;
  /** Nothing kept is success, and costs nothing. */
  drop(name: string): Promise<void>;
}

/** Takes the space, and forgets what an earlier process kept: it looks at everything anew. */
export async function openReserve(file: string): Promise<Reserve> {
  const kept = new Map<string, TestRunStatus>();
  /** One write after the other: they are in place, and two would mix. */
  let last: Promise<void> = writeInPlace(file, '[]');
  await last;
  const write = (): Promise<void> => {
    const now = (): Promise<void> => writeInPlace(file, textOf([...kept.values()]));
    last = last.then(now, now);
    return last;
  };
  return {
    keep: (status) => {
      kept.set(status.metadata.name, status);
      return write();
    },
    drop: (name) => (kept.delete(name) ? write() : Promise.resolve()),
  };
}

function textOf(all: readonly TestRunStatus[]): string {
  for (let count = all.length; count > 0; count--) {
    const text = JSON.stringify(all.slice(0, count));
    if (Buffer.byteLength(text) < BYTES - DIGEST - 2) return text;
  }
  return '[]';
}

/** In place, because a file beside it would need space. Who reads meanwhile sees that it is torn by its digest. */
async function writeInPlace(file: string, text: string): Promise<void> {
  const handle = await open(file, 'a+').then(async (made) => (await made.close(), open(file, 'r+')));
  try {
    const line = Buffer.alloc(BYTES, ' ');
    line.write(`${digestOf(text)} ${text}\n`);
    await handle.write(line, 0, BYTES, 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What is kept of a run, or null. The whole file is read only when its digest is another: lists ask for ten thousand runs. */
export function readReserve(file: string): (name: string) => Promise<TestRunStatus | null> {
  let seen = { digest: '', kept: new Map<string, TestRunStatus>() };
  return async (name) => {
    const digest = digestIn(file);
    if (digest !== seen.digest) {
      const kept = keptIn((await readIfThere(file)) ?? '');
      // While it is being written nothing is known, and nothing is remembered.
      seen = kept === null ? { digest: '', kept: new Map() } : { digest, kept };
    }
    return seen.kept.get(name) ?? null;
  };
}

/** '' where there is no reserve. */
function digestIn(file: string): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
  try {
    const first = Buffer.alloc(DIGEST);
    readSync(descriptor, first, 0, DIGEST, 0);
    return first.toString('latin1');
  } finally {
    closeSync(descriptor);
  }
}

/** Null where it is torn. */
function keptIn(text: string): Map<string, TestRunStatus> | null {
  const [line = ''] = text.split('\n', 1);
  const json = line.slice(DIGEST + 1);
  if (line.slice(0, DIGEST) !== digestOf(json)) return null;
  return new Map(Kept.parse(JSON.parse(json)).map((status) => [status.metadata.name, status]));
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, DIGEST);
}

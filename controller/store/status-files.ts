/** The statuses on disk, for those who do not hold the store: the command line, and the reaper that it starts. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestRunStatus } from '../api/test-run-status.ts';
import { codeOf, messageOf } from '../runtime/errors.ts';
import { readIfThere } from './atomic.ts';
import type { Layout } from './layout.ts';
import { readReserve } from './reserve.ts';

/** Of a run that may be live. */
export class StatusUnreadable extends Error {
  override readonly name = 'StatusUnreadable';
}

/** Null with the problem where the text is no status. */
export function statusIn(text: string): { readonly status: TestRunStatus | null; readonly problem: string } {
  try {
    return { status: TestRunStatus.parse(JSON.parse(text)), problem: '' };
  } catch (error) {
    return { status: null, problem: messageOf(error) };
  }
}

type ReadStatus = (name: string) => Promise<TestRunStatus | 'unreadable' | null>;

/** Null where the run has none. Of one that could not be written where it belongs, what the reserve has. */
export function statusReader(layout: Layout): ReadStatus {
  const keptOf = readReserve(layout.reserveFile);
  return async (name) => {
    const text = await readIfThere(layout.statusFile(name));
    const written = text === null ? null : statusIn(text).status;
    if (text !== null && written === null) return 'unreadable';
    const kept = await keptOf(name);
    const isNewer = (kept?.metadata.resourceVersion ?? 0) > (written?.metadata.resourceVersion ?? 0);
    return isNewer ? kept : written;
  };
}

/**
 * All of them, read without an await, as the reaper asks just before each removal.
 * One that cannot be read might be of a live run, so it stops everything.
 */
export function readStatusesNow(layout: Layout): TestRunStatus[] {
  const files = ifThere(() => readdirSync(layout.statuses)) ?? [];
  return files
    .filter((file) => file.endsWith('.json') && !file.startsWith('.'))
    .flatMap((file) => {
      const path = join(layout.statuses, file);
      const text = ifThere(() => readFileSync(path, 'utf8'));
      if (text === null) return [];
      const { status, problem } = statusIn(text);
      if (status !== null) return [status];
      throw new StatusUnreadable(`${path} cannot be read, so its run may be live: ${problem}`);
    });
}

function ifThere<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The statuses on disk, for those who do not hold the store: the command line, and the reaper that it starts. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { Condition, StepStatus, TestRunStatus } from '../api/test-run-status.ts';
import { API_VERSION } from '../api/primitives.ts';
import { codeOf, messageOf, Terminal } from '../runtime/errors.ts';
import { jsonOf } from '../runtime/json.ts';
import { readIfThere } from './atomic.ts';
import type { Layout } from './layout.ts';
import { readReserve } from './reserve.ts';

/** Of a run that may be live. */
export class StatusUnreadable extends Error {
  override readonly name = 'StatusUnreadable';
}

/** Null with the problem where the text is no status, or not that of the file's own run: what is removed is found by what it says. */
export function statusIn(
  text: string,
  name: string,
): { readonly status: TestRunStatus | null; readonly problem: string } {
  try {
    const status = tolerant(JSON.parse(text));
    const own = status.metadata.name;
    return own === name
      ? { status, problem: '' }
      : { status: null, problem: `It is the status of "${own}".` };
  } catch (error) {
    return { status: null, problem: messageOf(error) };
  }
}

/** Throws Terminal where another cc-ci wrote it in a form that this one does not know: what is finished must not be done again. */
export function requireKnownVersion(text: string, file: string): void {
  const { data } = Versioned.safeParse(jsonOf(text));
  if (data === undefined || data.apiVersion === API_VERSION) return;
  throw new Terminal(
    'UnknownVersion',
    `${file} is of version "${data.apiVersion.slice(0, 60)}", and this cc-ci knows ${API_VERSION}. Start the cc-ci that wrote it, or set CCCI_STATE_DIR to a new directory.`,
  );
}

const Versioned = z.object({ apiVersion: z.string().startsWith('ccci.') });
const Documents = z.object({ status: z.looseObject({}) });
const Lists = z.object({ conditions: z.array(z.unknown()), steps: z.array(z.unknown()) });

/** What another cc-ci wrote may have conditions and steps that this one does not know: the rest of it is as good as ever. */
function tolerant(value: unknown): TestRunStatus {
  const whole = TestRunStatus.safeParse(value);
  if (whole.success) return whole.data;
  const { status } = Documents.parse(value);
  const lists = Lists.safeParse(status);
  if (!lists.success) throw whole.error;
  const conditions = lists.data.conditions.filter((each) => Condition.safeParse(each).success);
  const steps = lists.data.steps.filter((each) => StepStatus.safeParse(each).success);
  return TestRunStatus.parse({ ...Object(value), status: { ...status, conditions, steps } });
}

type ReadStatus = (name: string) => Promise<TestRunStatus | 'unreadable' | null>;

/** Null where the run has none. Of one that could not be written where it belongs, what the reserve has. */
export function statusReader(layout: Layout): ReadStatus {
  const keptOf = readReserve(layout.reserveFile);
  return async (name) => {
    const text = await readIfThere(layout.statusFile(name));
    const written = text === null ? null : statusIn(text, name).status;
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
      const { status, problem } = statusIn(text, basename(file, '.json'));
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

/** What a run leaves for people: events.ndjson, decisions.ndjson and results.json in its folder. */
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Instant } from '../api/primitives.ts';
import type { RunResources } from '../api/resources.ts';
import { RunResults } from '../api/results.ts';
import type { Clock, Records } from '../ports.ts';
import { jsonOf, ndjson } from '../runtime/json.ts';
import { readIfThere, writeAtomic } from './atomic.ts';
import { makeDecisions } from './decisions.ts';
import type { AfterWrite } from './file-store.ts';
import type { Layout } from './layout.ts';

const eventsFile = (layout: Layout, uid: string): string => join(layout.runDir(uid), 'events.ndjson');
const resultsFile = (layout: Layout, uid: string): string => join(layout.runDir(uid), 'results.json');

/** Only what is shown. */
const EventLine = z.object({
  time: Instant,
  reason: z.string(),
  message: z.string(),
  count: z.number().int().min(1).default(1),
});
export type EventLine = z.infer<typeof EventLine>;

/** Oldest first, with the number of each line; what a crash tore is passed over. */
export async function readEvents(
  layout: Layout,
  uid: string,
): Promise<(EventLine & { readonly number: number })[]> {
  const text = (await readIfThere(eventsFile(layout, uid))) ?? '';
  return ndjson(EventLine, text).flatMap(({ number, value }) =>
    value === null ? [] : [{ number, ...value }],
  );
}

/** Null where the run left no `results.json`, or one of another shape, from another cc-ci. */
export async function readResults(layout: Layout, uid: string): Promise<RunResults | null> {
  const text = uid === '' ? null : await readIfThere(resultsFile(layout, uid));
  return text === null ? null : (RunResults.safeParse(jsonOf(text)).data ?? null);
}

/** The rest may be of another version of cc-ci. */
const Resources = RunResults.pick({ resources: true });

/** What a closed run used; null where it left no `results.json`, or measured nothing. Throws where that cannot be read. */
export async function readResources(layout: Layout, uid: string): Promise<RunResources | null> {
  const text = await readIfThere(resultsFile(layout, uid));
  return text === null ? null : Resources.parse(JSON.parse(text)).resources;
}

export function makeRecords(layout: Layout, clock: Clock, afterWrite: AfterWrite = () => undefined): Records {
  return {
    event: async (uid, event) => {
      await mkdir(layout.runDir(uid), { recursive: true });
      // A torn last line after a crash is told from a whole one by its missing newline; readers skip it.
      await appendFile(
        eventsFile(layout, uid),
        `${JSON.stringify({ time: clock.now().toISOString(), ...event })}\n`,
      );
      afterWrite(`event ${uid} ${event.reason}`);
    },
    // Not counted as a write: nothing that is done depends on it.
    decision: makeDecisions(layout, clock),
    results: async (uid, results) => {
      await mkdir(layout.runDir(uid), { recursive: true });
      await writeAtomic(resultsFile(layout, uid), `${JSON.stringify(results, null, 1)}\n`);
      afterWrite(`results ${uid}`);
    },
    resources: (uid) => readResources(layout, uid),
  };
}

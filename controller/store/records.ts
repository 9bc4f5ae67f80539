/** What a run leaves for people: events.ndjson, decisions.ndjson and results.json in its folder. */
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunResources } from '../api/resources.ts';
import { RunResults } from '../api/results.ts';
import type { Clock, Records } from '../ports.ts';
import { readIfThere, writeAtomic } from './atomic.ts';
import { makeDecisions } from './decisions.ts';
import type { AfterWrite } from './file-store.ts';
import type { Layout } from './layout.ts';

/** The rest may be of another version of cc-ci. */
const Resources = RunResults.pick({ resources: true });

/** What a closed run used; null where it left no `results.json`, or measured nothing. Throws where that cannot be read. */
export async function readResources(layout: Layout, uid: string): Promise<RunResources | null> {
  const text = await readIfThere(join(layout.runDir(uid), 'results.json'));
  return text === null ? null : Resources.parse(JSON.parse(text)).resources;
}

export function makeRecords(layout: Layout, clock: Clock, afterWrite: AfterWrite = () => undefined): Records {
  return {
    event: async (uid, event) => {
      await mkdir(layout.runDir(uid), { recursive: true });
      // A torn last line after a crash is told from a whole one by its missing newline; readers skip it.
      await appendFile(
        join(layout.runDir(uid), 'events.ndjson'),
        `${JSON.stringify({ time: clock.now().toISOString(), ...event })}\n`,
      );
      afterWrite(`event ${uid} ${event.reason}`);
    },
    // Not counted as a write: nothing that is done depends on it.
    decision: makeDecisions(layout, clock),
    results: async (uid, results) => {
      await mkdir(layout.runDir(uid), { recursive: true });
      await writeAtomic(join(layout.runDir(uid), 'results.json'), `${JSON.stringify(results, null, 1)}\n`);
      afterWrite(`results ${uid}`);
    },
    resources: (uid) => readResources(layout, uid),
  };
}

/** What a run leaves for people: events.ndjson and results.json in its folder. */
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Records } from '../ports.ts';
import { writeAtomic } from './atomic.ts';
import type { AfterWrite } from './file-store.ts';
import type { Layout } from './layout.ts';

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
    results: async (uid, results) => {
      await mkdir(layout.runDir(uid), { recursive: true });
      await writeAtomic(join(layout.runDir(uid), 'results.json'), `${JSON.stringify(results, null, 1)}\n`);
      afterWrite(`results ${uid}`);
    },
  };
}

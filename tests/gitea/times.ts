/** Gitea's times are whole seconds: a test that asks what changed makes everything old first, and waits for nothing. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { GiteaServer } from './server.ts';

/** Before anything that a test does. */
export const LONG_AGO = new Date('2020-01-01T00:00:00Z');

/** Every issue, pull request and comment was last touched long ago. */
export function makeAllOld({ dir }: GiteaServer): void {
  const database = new DatabaseSync(join(dir, 'data', 'gitea.db'), { timeout: 10_000 });
  try {
    for (const table of ['issue', 'comment'])
      database.exec(`UPDATE ${table} SET updated_unix = ${LONG_AGO.getTime() / 1000}`);
  } finally {
    database.close();
  }
}

/** One second later, or earlier: the least that Gitea tells apart. */
export const plusSeconds = (time: string, seconds: number): string =>
  new Date(Date.parse(time) + seconds * 1000).toISOString();

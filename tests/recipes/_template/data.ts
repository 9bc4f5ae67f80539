/**
 * Known data that must survive upgrade, backup and restore: written and read as a user of the app does it.
 * `app.marker` has to stand in what is written, because it is looked for in the backup's archive.
 * An app that serves the files of a folder has all three from `servedFiles` in tests/harness/ledger.ts;
 * without this file, files are written into every volume, which shows nothing of what the app makes of them.
 */
import { type LedgerApp, type LedgerEntry, sha256 } from '../../harness/ledger.ts';

/** Safe twice: it runs before the upgrade and before the backup. */
export async function seed(app: LedgerApp): Promise<void> {
  await app.fetch('/api/notes/ledger', { method: 'PUT', body: `REPLACE ${app.marker}` });
}

/** What is not there is left out. */
export async function read(app: LedgerApp): Promise<LedgerEntry[]> {
  const answer = await app.fetch('/api/notes/ledger');
  return answer.status === 200
    ? [{ name: 'note "ledger"', kind: 'row', sha256: sha256(await answer.text()) }]
    : [];
}

/** All that `read` shows has to be changed or gone afterwards. */
export async function mutate(app: LedgerApp): Promise<void> {
  await app.fetch('/api/notes/ledger', { method: 'DELETE' });
}

/** The floor for recipes without data of their own: files in every named volume, written without a program of the image. */
import { volumeEntryName } from '../../../controller/domain/data/ledger.ts';
import { type LedgerApp, type LedgerEntry, sha256, WRITTEN_OVER } from '../../harness/ledger.ts';

const KEPT = '.ccci-ledger-a';
const DELETED = '.ccci-ledger-b';

export async function seed(app: LedgerApp): Promise<void> {
  for (const { volume, service, path } of await app.volumes())
    for (const name of [KEPT, DELETED])
      await app.files.put(service, `${path}/${name}`, `${volume} ${name} ${app.marker}\n`);
}

export async function read(app: LedgerApp): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (const { volume, service, path } of await app.volumes()) {
    for (const name of [KEPT, DELETED]) {
      const content = await app.files.get(service, `${path}/${name}`);
      if (content === null) continue;
      entries.push({ name: volumeEntryName(volume, name), kind: 'file', sha256: sha256(content) });
    }
  }
  return entries;
}

export async function mutate(app: LedgerApp): Promise<void> {
  for (const { service, path } of await app.volumes()) {
    await app.files.put(service, `${path}/${KEPT}`, WRITTEN_OVER);
    const deleted = `${path}/${DELETED}`;
    if (!(await app.files.remove(service, deleted))) await app.files.put(service, deleted, WRITTEN_OVER);
  }
}

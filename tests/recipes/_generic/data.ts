/** The floor for recipes without data of their own: files in every named volume, written by a shell in a container that has it. */
import { volumeEntryName } from '../../../controller/domain/ledger.ts';
import { type LedgerApp, type LedgerEntry, type MountedVolume, sha256 } from '../../harness/ledger.ts';

const KEPT = '.ccci-ledger-a';
const DELETED = '.ccci-ledger-b';

async function sh(
  app: LedgerApp,
  { container, path }: MountedVolume,
  [script, name, input]: readonly [string, string, string?],
): ReturnType<LedgerApp['execAsRoot']> {
  return app.execAsRoot(container, ['sh', '-c', script, 'sh', `${path}/${name}`], input);
}

/** An image without a shell cannot be written into from here: its volume is left out, and it is said. */
async function writable(app: LedgerApp): Promise<MountedVolume[]> {
  const found: MountedVolume[] = [];
  for (const volume of await app.volumes()) {
    const { exitCode, stderr } = await app.execAsRoot(volume.container, ['sh', '-c', 'true']);
    if (exitCode === 0) found.push(volume);
    else
      process.stdout.write(
        `volume ${volume.volume} is not seeded: no shell in "${volume.service}" (${stderr.trim()})\n`,
      );
  }
  return found;
}

async function done(doing: ReturnType<typeof sh>): Promise<void> {
  const { exitCode, stderr } = await doing;
  if (exitCode !== 0) throw new Error(stderr.trim());
}

export async function seed(app: LedgerApp): Promise<void> {
  for (const volume of await writable(app))
    for (const name of [KEPT, DELETED])
      await done(sh(app, volume, ['cat > "$1"', name, `${volume.volume} ${name} ${app.marker}\n`]));
}

export async function read(app: LedgerApp): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (const volume of await writable(app)) {
    for (const name of [KEPT, DELETED]) {
      const { exitCode, stdout } = await sh(app, volume, ['cat "$1"', name]);
      if (exitCode !== 0) continue;
      entries.push({ name: volumeEntryName(volume.volume, name), kind: 'file', sha256: sha256(stdout) });
    }
  }
  return entries;
}

export async function mutate(app: LedgerApp): Promise<void> {
  for (const volume of await writable(app)) {
    await done(sh(app, volume, ['cat > "$1"', KEPT, 'somebody wrote over it\n']));
    await done(sh(app, volume, ['rm -f "$1"', DELETED]));
  }
}

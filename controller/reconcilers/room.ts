/** Whether this machine's disks have room for another run: below the floor nothing new is begun. */
import { type DiskBounds, fullOf, noRoomText } from '../domain/run/disk-limit.ts';
import type { DiskMeter, DiskSpace } from '../ports.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';

interface RoomDeps {
  readonly disk: Pick<DiskMeter, 'dataRoot' | 'space'>;
  readonly bounds: DiskBounds;
  readonly stateDir: string;
  readonly log: Pick<Log, 'warn'>;
}

/** Says why there is none, or ''. A disk that cannot be looked at keeps nothing back: the steps watch it as well. */
export function makeRoom({ disk, bounds, stateDir, log }: RoomDeps): () => Promise<string> {
  let root: string | null = null;
  const said = new Set<string>();
  const orNull = async <T>(what: string, look: () => Promise<T>): Promise<T | null> => {
    try {
      return await look();
    } catch (error) {
      if (!said.has(what)) log.warn({ error: messageOf(error) }, what);
      said.add(what);
      return null;
    }
  };
  const spaceAt = (path: string): Promise<DiskSpace | null> =>
    orNull('free space is not known', async () => ({ path, ...(await disk.space(path)) }));
  return async () => {
    // It does not move while the engine runs.
    root ??= await orNull('where Docker keeps its data is not known', () => disk.dataRoot());
    const spaces = await Promise.all([stateDir, ...(root === null ? [] : [root])].map(spaceAt));
    const full = fullOf(
      bounds,
      spaces.filter((space) => space !== null),
    );
    return full === null ? '' : noRoomText(full);
  };
}

/** Ends the build of a run whose document was taken away: its BuildStatus went with it, so that what goes on is kept in memory. */
import type { Builds } from '../../builds.ts';
import type { Log } from '../../runtime/log.ts';
import type { FileStore } from '../../store/file-store.ts';

/** Builds that go on, by the names of their runs. */
export type Followed = Map<string, { readonly uid: string; readonly number: number }>;

interface LeftDeps {
  readonly drone: Pick<Builds, 'get' | 'cancel'>;
  readonly store: Pick<FileStore, 'status'>;
  readonly log: Log;
}

/** Where the run is gone, or another one of that name: nobody is left to look at the build, and it would take a slot. */
export async function endLeft(
  { drone, store, log }: LeftDeps,
  followed: Followed,
  name: string,
): Promise<void> {
  const known = followed.get(name);
  if (known === undefined || known.uid === store.status(name)?.status.uid) return;
  const { number } = known;
  const build = await drone.get(number);
  if (build?.isOver === false) {
    await drone.cancel(number);
    log.info({ run: name, build: number, was: build.status }, 'build cancelled: its run is gone');
  }
  followed.delete(name);
}

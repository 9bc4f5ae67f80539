/** Watches folders and says of which name something changed. The watcher is a speed-up; the resync is the guarantee. */
import { basename } from 'node:path';
import { watch } from 'chokidar';

export interface Informer {
  close(): Promise<void>;
}

export interface Watched {
  readonly folder: string;
  readonly ending: string;
}

/**
 * Calls back with the name of every file that appears, changes or goes in the folders, and with what was watched there.
 * Folders and not files are watched (chokidar#1437), every event means "look at this", and dotfiles are asides of atomic writes.
 */
export async function startInformer<W extends Watched>(
  watched: readonly W[],
  onName: (name: string, where: W) => void,
  onError: (error: unknown) => void,
): Promise<Informer> {
  const watcher = watch(
    watched.map((each) => each.folder),
    {
      depth: 0,
      ignoreInitial: true,
      ignored: (path, stats) => stats?.isFile() === true && basename(path).startsWith('.'),
      ignorePermissionErrors: true,
    },
  );
  watcher.on('all', (_event, path) => {
    const match = watched.find((each) => path.startsWith(`${each.folder}/`) && path.endsWith(each.ending));
    if (match !== undefined) onName(basename(path, match.ending), match);
  });
  watcher.on('error', onError);
  await new Promise<void>((done) => watcher.once('ready', done));
  return { close: () => watcher.close() };
}

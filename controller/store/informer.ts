/** Watches folders and says which key to look at. The watcher is a speed-up; the resync is the guarantee. */
import { type FSWatcher, watch } from 'node:fs';
import { basename } from 'node:path';

export interface Informer {
  close(): void;
}

export interface Watched {
  readonly folder: string;
  readonly ending: string;
}

/**
 * Calls back with the key of every file that appears, changes or goes in the folders.
 * The folders are watched and not their files: a watch on a file is silent once it was replaced, and ten thousand of them
 * take half a second. Every event means "look at this key", and dotfiles are asides of atomic writes.
 */
export function startInformer(
  watched: readonly Watched[],
  onKey: (key: string) => void,
  onError: (error: unknown) => void,
): Informer {
  const watchers = watched.flatMap(({ folder, ending }): FSWatcher[] => {
    try {
      const watcher = watch(folder, (_event, name) => {
        if (name?.endsWith(ending) === true && !name.startsWith('.')) onKey(basename(name, ending));
      });
      return [watcher.on('error', onError)];
    } catch (error) {
      // A folder that is not there yet: the resync sees what comes into it.
      onError(error);
      return [];
    }
  });
  return { close: () => watchers.forEach((each) => each.close()) };
}

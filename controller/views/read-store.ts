/** Reads the store of this process: runs are listed from memory; what a run left in its folder, and recipes, are read from the disk. */
import type { FileStore } from '../store/file-store.ts';
import { type Places, readFiles } from './read-files.ts';
import type { Reading } from './reading.ts';

/** Of a run that the store has not looked at since it was opened, the spec is read once. */
export function readStore(store: Pick<FileStore, 'seen' | 'seenNames' | 'get'>, places: Places): Reading {
  return {
    ...readFiles(places),
    runNames: () => Promise.resolve(store.seenNames().sort()),
    run: async (name) => {
      const { spec, status } = store.seen(name) ?? (await store.get(name));
      return spec === null && status === null ? null : { spec, status };
    },
  };
}

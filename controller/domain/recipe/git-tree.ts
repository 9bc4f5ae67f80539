/** A commit's files as `git ls-tree -r -l -z` lists them, and where its links lead within them. Pure. */
import { posix } from 'node:path';

export interface TreeEntry {
  readonly path: string;
  readonly kind: 'file' | 'link';
  /** Git's name of the content: equal ids are equal files. */
  readonly id: string;
  readonly bytes: number;
  readonly executable: boolean;
}

export function treeEntriesOf(listing: string): TreeEntry[] {
  return listing.split('\0').flatMap((record) => {
    const match = /^(?<mode>\d{6}) blob (?<id>[0-9a-f]+) +(?<bytes>\d+)\t(?<path>.+)$/s.exec(record);
    const { mode, id, bytes, path } = match?.groups ?? {};
    if (mode === undefined || id === undefined || path === undefined) return [];
    const kind = mode === '120000' ? 'link' : 'file';
    return [{ path, kind, id, bytes: Number(bytes), executable: mode === '100755' } as const];
  });
}

export interface RecipeTree {
  readonly entries: ReadonlyMap<string, TreeEntry>;
  /** What the links hold, by the link's path. */
  readonly links: ReadonlyMap<string, string>;
}

/** As many as Linux follows. */
const MAX_LINKS = 40;

/** The file at a path, links followed; null where there is none, or where a link leads out of the tree. */
export function entryAt(tree: RecipeTree, path: string): TreeEntry | null {
  const real = realPath(tree, path);
  const entry = real === null ? undefined : tree.entries.get(real);
  return entry?.kind === 'file' ? entry : null;
}

function realPath({ links }: RecipeTree, path: string): string | null {
  const todo = partsOf(path);
  const done: string[] = [];
  let followed = 0;
  for (let part = todo.shift(); part !== undefined; part = todo.shift()) {
    if (part !== '..') done.push(part);
    else if (done.pop() === undefined) return null;
    const target = part === '..' ? undefined : links.get(done.join('/'));
    if (target === undefined) continue;
    if (posix.isAbsolute(target) || ++followed > MAX_LINKS) return null;
    done.pop();
    todo.unshift(...partsOf(target));
  }
  return done.join('/');
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

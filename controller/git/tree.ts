/** The files of a commit, counted before any of them is written: a small repository can say that it has billions. */
import type { Readable } from 'node:stream';
import { type GitBounds, mib } from './bounds.ts';

interface Counted {
  entries: number;
  bytes: number;
}

/** Longer than Linux takes, so that what is longer is no file. */
const MAX_RECORD = 8_192;

/**
 * Reads what `git ls-tree -r -t -l -z` says, and what that exceeds, or null.
 * Folders are counted as well (`-t`): a tree of empty trees has no file, and no end.
 */
export async function exceededBy(listing: Readable, bounds: GitBounds): Promise<string | null> {
  const counted: Counted = { entries: 0, bytes: 0 };
  let rest = '';
  for await (const piece of listing as AsyncIterable<Buffer>) {
    const records = (rest + piece.toString('latin1')).split('\0');
    rest = records.pop() ?? '';
    for (const record of records) {
      const exceeded = count(record, counted, bounds);
      if (exceeded !== null) return exceeded;
    }
    if (rest.length > MAX_RECORD) return `a path in it has more than ${MAX_RECORD} characters`;
  }
  return null;
}

function count(record: string, counted: Counted, bounds: GitBounds): string | null {
  const [about = '', path = ''] = record.split('\t', 2);
  counted.entries += 1;
  counted.bytes += Number(/ (\d+)$/.exec(about)?.[1] ?? 0);
  if (counted.entries > bounds.entries) return `it has more than ${bounds.entries} files and folders`;
  if (counted.bytes > bounds.treeBytes) return `its files have more than ${mib(bounds.treeBytes)} together`;
  if (path.split('/').length > bounds.depth)
    return `its folders lie more than ${bounds.depth} deep in each other`;
  return null;
}

/** The files below one folder of a run, for whoever shows them: only regular files, by names that a listing has given; links are not followed. */
import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { codeOf } from '../runtime/errors.ts';

export interface KeptFile {
  /** Below the folder, with slashes. */
  readonly path: string;
  readonly bytes: number;
}

/** A run keeps some dozens; who has more of them reads them on the machine. */
const MOST_FILES = 2_000;
const MOST_DEPTH = 8;

/** Sorted by path; nothing where there is no folder. */
export async function listKept(root: string): Promise<KeptFile[]> {
  const files: KeptFile[] = [];
  const todo = [''];
  for (let below = todo.pop(); below !== undefined && files.length < MOST_FILES; below = todo.pop()) {
    for (const name of await namesBelow(join(root, below))) {
      const path = below === '' ? name : `${below}/${name}`;
      const seen = await lstat(join(root, path)).catch(() => null);
      if (seen?.isDirectory() === true && path.split('/').length < MOST_DEPTH) todo.push(path);
      else if (seen?.isFile() === true) files.push({ path, bytes: seen.size });
    }
  }
  return files.slice(0, MOST_FILES).sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function namesBelow(folder: string): Promise<string[]> {
  try {
    // A name that is no text would come back as another one.
    return (await readdir(folder)).filter((name) => !name.includes('\uFFFD'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}

export interface OpenFile {
  readonly bytes: number;
  readonly head: Buffer;
  /** Closes the file at its end, or when it is destroyed. */
  readonly content: Readable;
}

const HEAD_BYTES = 4_096;

/** Null where it is not there or is no regular file. The path has to come from `listKept`. */
export async function openKept(root: string, path: string): Promise<OpenFile | null> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(join(root, path), flags).catch((error: unknown) => {
    if (['ENOENT', 'ELOOP', 'ENOTDIR', 'ENXIO'].includes(codeOf(error) ?? '')) return null;
    throw error;
  });
  if (handle === null) return null;
  const seen = await handle.stat();
  if (!seen.isFile()) {
    await handle.close();
    return null;
  }
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  // No more than its length as it is announced, also where it grows meanwhile.
  const content = handle.createReadStream({ start: 0, end: Math.max(0, seen.size - 1) });
  return { bytes: seen.size, head: buffer.subarray(0, bytesRead), content };
}

/** What lies in a run's folder, by its path in it. Links are not followed. */
import { isUtf8 } from 'node:buffer';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';

export interface RunFile {
  readonly path: string;
  /** As the system knows it: a name need not be text. */
  readonly location: string | Buffer;
  /** `other`: a link, a pipe, a socket, a device, and what has a name that is no text. */
  readonly kind: 'file' | 'folder' | 'other';
}

/** A folder comes before what is in it; `enters` says whether that is wanted. */
export async function* runFiles(
  root: string,
  enters: (path: string) => boolean,
  below = '',
): AsyncGenerator<RunFile> {
  const options = { encoding: 'buffer' as BufferEncoding };
  for await (const entry of await opendir(join(root, below), options)) {
    const name = Buffer.from(entry.name);
    const path = join(below, name.toString());
    if (!isUtf8(name)) {
      const location = Buffer.concat([Buffer.from(`${join(root, below)}/`), name]);
      yield { path, location, kind: 'other' };
      continue;
    }
    const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other';
    yield { path, location: join(root, path), kind };
    if (kind === 'folder' && enters(path)) yield* runFiles(root, enters, path);
  }
}

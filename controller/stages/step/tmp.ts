/** Temporary files of a step and of all that it starts. Those of a step that was killed go with the rest of its run. */
import { lstat, mkdir, rm } from 'node:fs/promises';
import { codeOf } from '../../runtime/errors.ts';

/** `make` says which folder it is then: another one stays. What cannot be removed is a leftover of the run, and seen as one. */
export async function withTmp<T>(
  dir: string,
  work: (dir: string) => Promise<T>,
  make: (dir: string) => Promise<string> = ensureOwn,
): Promise<T> {
  const made = await make(dir);
  try {
    return await work(made);
  } finally {
    if (made === dir)
      await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }).catch(() => undefined);
  }
}

/** Everybody may write to /tmp: what lies there under our name need not be ours. */
export async function ensureOwn(dir: string): Promise<string> {
  try {
    await mkdir(dir, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    const found = await lstat(dir);
    if (!found.isDirectory() || found.uid !== process.getuid?.())
      throw new Error(`${dir} is not a folder of ours: remove it.`, { cause: error });
  }
  return dir;
}

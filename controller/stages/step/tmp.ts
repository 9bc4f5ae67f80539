/** Temporary files of a step and of all that it starts. Those of a step that was killed go with the rest of its run. */
import { lstat, mkdir, rm } from 'node:fs/promises';
import { codeOf } from '../../runtime/errors.ts';

export async function withTmp<T>(dir: string, work: (dir: string) => Promise<T>): Promise<T> {
  await ensureOwn(dir);
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

/** Everybody may write to /tmp: what lies there under our name need not be ours. */
async function ensureOwn(dir: string): Promise<void> {
  try {
    await mkdir(dir, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    const found = await lstat(dir);
    if (!found.isDirectory() || found.uid !== process.getuid?.())
      throw new Error(`${dir} is not a folder of ours: remove it.`, { cause: error });
  }
}

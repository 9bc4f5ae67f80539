/** Temporary files of a step and of all that it starts. Those of a step that was killed go with the rest of its run. */
import { lstat, mkdir, rm } from 'node:fs/promises';
import { codeOf } from '../runtime/errors.ts';

/** For the time of the work, the folder is TMPDIR of this process too: libraries ask for it. */
export async function withTmp<T>(dir: string, work: (dir: string) => Promise<T>): Promise<T> {
  const before = process.env['TMPDIR'];
  await ensureOwn(dir);
  process.env['TMPDIR'] = dir;
  try {
    return await work(dir);
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
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

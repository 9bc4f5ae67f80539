/** Files that are either the old text or the new text, whenever the machine stops. */
import { randomUUID } from 'node:crypto';
import { link, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '../runtime/errors.ts';

/** What was made, renamed or removed in it is on disk then. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeAside(file: string, text: string, mode: number): Promise<string> {
  // A leading dot, and no .yaml ending: the informer and `get` never take it for a document.
  const aside = join(dirname(file), `.${randomUUID()}.tmp`);
  const handle = await open(aside, 'wx', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } catch (error) {
    // On a full disk every try would leave another half.
    await unlink(aside);
    throw error;
  } finally {
    await handle.close();
  }
  return aside;
}

/** Writes aside, fsyncs, renames, fsyncs the folder. */
export async function writeAtomic(
  file: string,
  text: string,
  options: { mode?: number } = {},
): Promise<void> {
  const aside = await writeAside(file, text, options.mode ?? 0o644);
  try {
    await rename(aside, file);
  } catch (error) {
    await unlink(aside);
    throw error;
  }
  await syncDirectory(dirname(file));
}

/** As `writeAtomic`, but never over a file that is there: false then, and nothing is changed. */
export async function createAtomic(
  file: string,
  text: string,
  options: { mode?: number } = {},
): Promise<boolean> {
  const aside = await writeAside(file, text, options.mode ?? 0o644);
  try {
    await link(aside, file);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(aside);
  }
  await syncDirectory(dirname(file));
  return true;
}

/** Already gone is success. */
export async function ensureUnlinked(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

const ASIDE = /^\.[0-9a-f-]{36}\.tmp$/;

/** What a writer that was killed in the middle left in the folder. Nobody else may be writing there. */
export async function removeAsides(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (ASIDE.test(name)) await unlink(join(folder, name));
}

/** The text, or null where there is no such file. */
export async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

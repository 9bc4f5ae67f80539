/** The documents that people write: TestRuns in the state directory, RecipeSpecs in theirs. */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { RecipeSpec } from '../api/recipe-spec.ts';
import type { Parsed, SpecSeen } from '../ports.ts';
import { codeOf, messageOf, Waiting } from '../runtime/errors.ts';
import { readIfThere } from './atomic.ts';
import { exists, namesIn } from './exists.ts';
import type { Layout } from './layout.ts';
import { MAX_DOCUMENT_BYTES, parseRecipeSpec, parseSpec, refusedWhole, TOO_LARGE } from './parse-document.ts';

const YAML = '.yaml';

/** A document as it lies on the disk. */
export interface DocumentSeen<T> {
  readonly parsed: Parsed<T>;
  /** The birth of its file. */
  readonly createdAt: Date;
}

/** Names of the documents in a folder; anything else there is not ours to read. Nothing where there is no folder. */
export async function documentNames(folder: string, ending: string = YAML): Promise<string[]> {
  let entries: string[];
  try {
    entries = await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
  return entries
    .filter((entry) => entry.endsWith(ending) && !entry.startsWith('.'))
    .map((entry) => basename(entry, ending));
}

/** Files that look as if somebody took them for documents: they end otherwise, and nobody reads them. */
export async function strayNames(folder: string): Promise<string[]> {
  return (await namesIn(folder))
    .filter((name) => /^[^.].*\.ya?ml$/i.test(name) && !name.endsWith(YAML))
    .sort();
}

/** As `documentNames`, but a folder that is not there, or cannot be read, is an error: what is not seen is not gone. */
export function specNames(layout: Layout): Promise<string[]> {
  return withinFolder(layout.testruns, documentNames);
}

/** Null where there is no such file. */
export function readSpec(layout: Layout, name: string): Promise<SpecSeen | null> {
  const file = layout.specFile(name);
  return readSpecAt(file, { file, name });
}

/** As `readSpec`, for who removes what has no document: throws where the folder of documents is not there, or cannot be read. */
export async function readSpecSurely(layout: Layout, name: string): Promise<SpecSeen | null> {
  const seen = await readSpec(layout, name);
  if (seen !== null) return seen;
  const file = layout.specFile(name);
  // Looked up once more in the folder itself: it may have been away for a moment, and is back.
  return withinFolder(layout.testruns, (folder) => readSpecAt(join(folder, basename(file)), { file, name }));
}

/** `file` is how its problems name it. */
async function readSpecAt(
  path: string,
  { file, name }: { readonly file: string; readonly name: string },
): Promise<SpecSeen | null> {
  const seen = await readText(path, file);
  if (seen === null) return null;
  const { found, createdAt } = seen;
  return found.ok
    ? { ...parseSpec(found.text, file, name), createdAt }
    : { parsed: found, wish: '', cancel: false, createdAt };
}

/** How long to wait for a folder that is away. */
const AWAY_MS = 5_000;

/** Looks at one folder, wherever it is moved meanwhile. Throws Waiting where it cannot be opened. */
async function withinFolder<T>(folder: string, look: (path: string) => Promise<T>): Promise<T> {
  let handle: FileHandle;
  try {
    handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    const message = `${folder} cannot be read, so that nothing is known of its documents: ${messageOf(error)}`;
    throw new Waiting(AWAY_MS, message, { cause: error });
  }
  try {
    return await look(`/proc/self/fd/${handle.fd}`);
  } finally {
    await handle.close();
  }
}

export function recipeFile(recipesDir: string, name: string): string {
  return join(recipesDir, `${name}${YAML}`);
}

/** Null where there is no such file. */
export async function readRecipe(recipesDir: string, name: string): Promise<DocumentSeen<RecipeSpec> | null> {
  const file = recipeFile(recipesDir, name);
  const seen = await readText(file, file);
  if (seen === null) return null;
  const { found, createdAt } = seen;
  return { parsed: found.ok ? parseRecipeSpec(found.text, file, name) : found, createdAt };
}

type TextFound = Awaited<ReturnType<typeof readDocumentText>>;

/** Null where there is no such file. */
async function readText(
  path: string,
  shown: string,
): Promise<{ readonly found: TextFound; readonly createdAt: Date } | null> {
  try {
    const { birthtimeMs, birthtime, mtime } = await stat(path);
    const createdAt = birthtimeMs > 0 ? birthtime : mtime;
    return { found: await readDocumentText(path, shown), createdAt };
  } catch (error) {
    // A name that is too long for a file is that of no file.
    if (codeOf(error) === 'ENAMETOOLONG') return null;
    if (codeOf(error) === 'ENOENT') return danglingLink(path, shown);
    throw error;
  }
}

/** What leads nowhere was put there all the same, and whoever did is told; null where there is nothing at all. */
async function danglingLink(
  path: string,
  shown: string,
): Promise<{ readonly found: TextFound; readonly createdAt: Date } | null> {
  try {
    const { mtime } = await lstat(path);
    const isThereByNow = await exists(path);
    if (isThereByNow) return await readText(path, shown);
    return { found: refusedWhole(shown, 'is a link to a file that is not there'), createdAt: mtime };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The text of a document, or why it cannot be one: judged by its size before it is read, so that a file of gigabytes does not fill the memory. */
export async function readDocumentText(
  file: string,
  /** How its problems name it. */
  shown: string = file,
): Promise<{ readonly ok: true; readonly text: string } | Extract<Parsed<never>, { ok: false }>> {
  const seen = await stat(file);
  if (!seen.isFile()) return refusedWhole(shown, 'is not a regular file');
  if (seen.size > MAX_DOCUMENT_BYTES) return refusedWhole(shown, TOO_LARGE);
  return { ok: true, text: (await readIfThere(file)) ?? '' };
}

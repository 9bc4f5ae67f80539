/** A recipe with one thing wrong, and what a packager must be told of it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a defect may point at. */
export interface Surroundings {
  /** Address of a registry that answers and holds nothing. */
  readonly registry: string;
  /** A secret file of the machine that deploys. */
  readonly hostFile: string;
}

export interface Defect {
  /** The recipe's name, and the run's. */
  readonly name: string;
  /** A sentence that is true of the verdict. */
  readonly because: string;
  readonly base?: 'tiny-web' | 'custom-html';
  /** Parts of the RecipeSpec's `spec`. */
  readonly settings?: object;
  readonly ref?: string;
  readonly edit: (dir: string, around: Surroundings) => Promise<void>;
  readonly want: Want;
}

export interface Want {
  readonly verdict: 'Failed' | 'Errored';
  readonly stage: 'prepare' | 'install';
  readonly reason: string;
  readonly service?: string;
  readonly message: RegExp;
  readonly evidence: RegExp;
}

/** Patience with an app that never gets well. */
export const IMPATIENT = { health: { path: '/healthz', status: 200, timeout: '30s' } };

/** Replaces one place of a file; one that is not there, or there twice, would make another defect than was meant. */
export async function replaceIn(
  dir: string,
  file: string,
  [from, to]: readonly [string, string],
): Promise<void> {
  const path = join(dir, file);
  const parts = (await readFile(path, 'utf8')).split(from);
  if (parts.length !== 2) throw new Error(`${JSON.stringify(from)} is ${parts.length - 1} times in ${path}.`);
  await writeFile(path, parts.join(to));
}

export const compose =
  (from: string, to: string): Defect['edit'] =>
  (dir) =>
    replaceIn(dir, 'compose.yml', [from, to]);

/** The line of tiny-web's head that serves. */
export const SERVES = 'exec httpd -f -p 80 -h /content';
export const IMAGE = 'image: ccci/busybox:1.37';

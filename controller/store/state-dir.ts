/** Whether a state directory is whole, before anything is made in it: what is missing may be elsewhere, and must not be taken for gone. */
import { mkdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, Terminal } from '../runtime/errors.ts';
import { createAtomic, readIfThere } from './atomic.ts';
import { exists, namesIn } from './exists.ts';
import type { Layout } from './layout.ts';
import { documentNames } from './spec-files.ts';

/** So many statuses and not one document: rather a wrong folder than so many deletions. */
const SUSPICIOUS = 5;
/** A person makes this file where the documents were removed on purpose. */
export const EMPTIED = '.emptied';

/** Throws Terminal where a folder is missing, or empty, that others show to have been full. */
export async function requireWhole(layout: Layout): Promise<void> {
  const known = await documentNames(layout.statuses, '.json');
  const documents = await documentNames(layout.testruns);
  if (known.length > 0 && !(await exists(layout.testruns)))
    throw missing(layout.testruns, `${known.length} runs are known`);
  const isUsed = (await namesIn(layout.runs)).length > 0;
  if (documents.length > 0 && isUsed && !(await exists(layout.statuses)))
    throw missing(layout.statuses, `${documents.length} runs are asked for, and would all be done again`);
  if (documents.length === 0 && known.length >= SUSPICIOUS) await requireWord(layout, known.length);
}

/** A person's word holds once. */
async function requireWord({ testruns }: Layout, known: number): Promise<void> {
  const emptied = join(testruns, EMPTIED);
  try {
    await unlink(emptied);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new Terminal(
      'StateNotWhole',
      `${testruns} is empty, though ${known} runs are known: without their documents, all that is known of them would be removed. Put the documents back; or, if they were removed on purpose, run \`touch ${emptied}\` and start again.`,
      { cause: error },
    );
  }
}

function missing(folder: string, though: string): Terminal {
  return new Terminal(
    'StateNotWhole',
    `${folder} is missing, though ${though}. Is the state directory mounted, and whole? Put the folder back, or set CCCI_STATE_DIR to a new directory.`,
  );
}

/** This installation's key: made once, kept for ever, mode 600. It proves that a name is ours. */
export async function installationKey(layout: Layout, make: () => string): Promise<string> {
  await mkdir(layout.root, { recursive: true });
  const known = await documentNames(layout.statuses, '.json');
  if (known.length > 0 && (await readIfThere(layout.keyFile)) === null)
    throw new Terminal(
      'KeyMissing',
      `${layout.keyFile} is missing, though ${known.length} runs are known. Restore it from a backup: with a new one, nothing that they left on the swarm could be proven to be ours.`,
    );
  await createAtomic(layout.keyFile, `${make()}\n`, { mode: 0o600 });
  const key = (await readIfThere(layout.keyFile))?.trim() ?? '';
  if (!/^[0-9a-f]{64}$/.test(key))
    throw new Terminal(
      'KeyDamaged',
      `${layout.keyFile} does not hold 64 hex digits. Restore it from a backup: without it nothing on the swarm can be proven to be ours.`,
    );
  return key;
}

/** Edits of spec files that lose nobody else's: read, change, look again, replace. */
import { readIfThere, writeAtomic } from '../store/atomic.ts';
import { digestOf } from '../store/parse-document.ts';
import { Refusal } from '../views/refusal.ts';

const TRIES = 2;

/** What `change` made of the text it was given: a new text, or null to leave the file alone. */
export type Change = (before: string | null) => string | null;

/**
 * Compare-and-swap by hash: if somebody wrote between our read and our write, the change is made once more on theirs.
 * Editors know no lock, so a moment remains between the second look and the rename; it is microseconds long.
 */
export async function editFile(file: string, change: Change): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries++) {
    const before = await readIfThere(file);
    const after = change(before);
    if (after === null || after === before) return false;
    const again = await readIfThere(file);
    if (hash(again) !== hash(before)) continue;
    await writeAtomic(file, after);
    return true;
  }
  throw new Refusal('forbidden', `${file} is being written by somebody else; nothing was changed.`, {
    next: 'Try again in a moment.',
  });
}

function hash(text: string | null): string {
  return text === null ? '' : digestOf(text);
}

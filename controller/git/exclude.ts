/** Keeps files of ours out of what git calls a change. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** For a file that cc-ci puts into a checkout: untracked, it would make abra call the checkout changed. */
export async function ensureExcluded(checkout: string, name: string): Promise<void> {
  const line = `\n/${name}\n`;
  // Read, and written to at its end; there from now on.
  const exclude = await open(join(checkout, '.git', 'info', 'exclude'), 'a+');
  try {
    if (!(await exclude.readFile('utf8')).includes(line)) await exclude.appendFile(line);
  } finally {
    await exclude.close();
  }
}

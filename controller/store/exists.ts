import { access } from 'node:fs/promises';
import { codeOf } from '../runtime/errors.ts';

/** Whether there is something at a path. */
export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}

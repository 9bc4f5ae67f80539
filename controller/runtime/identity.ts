/** The name of this installation, and the uids of new runs. */
import { createHash, randomBytes } from 'node:crypto';

/** Tells this installation from another on the same machine; derived from its key, and tells nothing of it. */
export function installationOf(key: string): string {
  return createHash('sha256').update(`installation ${key}`).digest('hex').slice(0, 12);
}

/** Sorts by time, and is a folder's name: `20261123141500-1f2e3d4c`. */
export function newUid(now: Date): string {
  return `${now.toISOString().replace(/\D/g, '').slice(0, 14)}-${randomBytes(4).toString('hex')}`;
}

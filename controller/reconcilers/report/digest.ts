/** SHA-256 of what was said, to know it again. Pure. */
import { createHash } from 'node:crypto';

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

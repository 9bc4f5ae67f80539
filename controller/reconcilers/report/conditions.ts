/** What is said of a deed in conditions, and which refusals no repetition can heal. Pure. */
import type { ForgeCondition } from '../../api/forge-condition.ts';
import { messageOf, Terminal } from '../../runtime/errors.ts';

export type Said = Omit<ForgeCondition, 'lastTransitionTime'>;

/** The forge understood and will say the same again; what a person mends outside of it, as a token, is not of these. */
const FINAL: ReadonlySet<string> = new Set(['ForgeForbidden', 'ForgeRejected', 'CommitMissing']);

export function isFinal(error: unknown): boolean {
  return error instanceof Terminal && FINAL.has(error.reason);
}

export function done(type: string, message: string): Said {
  return { type, status: 'True', reason: 'Said', message };
}

export function failed(type: string, error: unknown): Said {
  if (error instanceof Terminal) {
    const { reason, message } = error;
    return { type, status: 'False', reason, message };
  }
  const message = `${messageOf(error)} It is tried again by itself.`;
  return { type, status: 'False', reason: 'ForgeUnavailable', message };
}

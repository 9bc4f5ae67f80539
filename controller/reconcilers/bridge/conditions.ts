/** The conditions of a repository, and what an error says in them. Pure. */
import type { ForgeCondition } from '../../api/forge-condition.ts';
import { codeOf, messageOf, Terminal } from '../../runtime/errors.ts';

export type Said = Omit<ForgeCondition, 'lastTransitionTime'>;

export const POLLED: Said = {
  type: 'Polled',
  status: 'True',
  reason: 'CommentsRead',
  message: 'Comments are read.',
};

export function notPolled(reason: string, message: string): Said {
  return { type: 'Polled', status: 'False', reason, message };
}

export function notPolledBecause(error: unknown): Said {
  if (error instanceof Terminal) return notPolled(error.reason, error.message);
  // An error of this machine, such as a full disk.
  if (codeOf(error) !== '') return notPolled('ReconcileError', messageOf(error));
  return notPolled('ForgeUnavailable', `${messageOf(error)} It is tried again by itself.`);
}

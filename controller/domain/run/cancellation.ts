/** Who took a run back and why, as a sentence. Pure. */
import type { Cancellation } from '../../api/test-run.ts';

/** `true` in a document says no more than that somebody wrote it there. */
export function cancelledText(cancel: boolean | Cancellation): string {
  return typeof cancel === 'boolean' ? 'Cancelled by a person.' : `Cancelled${becauseOf(cancel)}.`;
}

function becauseOf({ by, who, why }: Cancellation): string {
  const reason = why === undefined ? '' : `: ${why.replace(/[.\s]+$/, '')}`;
  switch (by) {
    case 'person':
      return ` by ${who ?? 'a person'}${reason}`;
    case 'server':
      return ` by the server${who === undefined ? '' : ` ${who}`}${reason}`;
    case 'newer-run':
      return `: a newer run of the same pull request${who === undefined ? '' : `, ${who},`} took its place${reason}`;
    case 'closed-pull-request':
      return `: its pull request was closed${who === undefined ? '' : ` by ${who}`}${reason}`;
    default:
      return by satisfies never;
  }
}

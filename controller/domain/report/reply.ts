/** The answer to a comment that got no run. Pure. */
import type { Refused } from '../../api/pull-status.ts';
import { code, prose } from './inert.ts';
import { replyMarkerOf } from './marker.ts';

export function replyOf({ commentId, user, message }: Refused): string {
  return `${replyMarkerOf(commentId)}\n${code(user)}: ${prose(message, 1_000)}`;
}

/** Who may not ask, or is not known to, hears it once; everything else is told to each comment. */
const ONCE_A_PERSON: ReadonlySet<string> = new Set(['NotAMember', 'CannotTell']);

/** What one answer is for. */
export function occasionOf({ commentId, user, reason }: Refused): string {
  return ONCE_A_PERSON.has(reason) ? `${reason} of ${user}` : `comment ${commentId}`;
}

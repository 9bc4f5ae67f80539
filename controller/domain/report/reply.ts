/** The answer to a comment that got no run. Pure. */
import type { Refused } from '../../api/pull-status.ts';
import { code, prose } from './inert.ts';
import { replyMarkerOf } from './marker.ts';

/** Somebody asked how it works: each time is answered. */
export const HELP_ASKED = 'HelpAsked';

const HELP = [
  'A comment that is exactly one of these words asks cc-ci for something:',
  [
    '- `!testme` tests the head of this pull request, as it is then; a newer one takes the place of an older one',
    '- `!testme cancel` ends the run',
    '- `!testme help` shows this',
  ].join('\n'),
  'Members of the organisation may ask. What came of it stands in one comment, which is edited as the run goes on.',
].join('\n\n');

export function replyOf({ commentId, user, reason, message }: Refused): string {
  const text = reason === HELP_ASKED ? HELP : `${code(user)}: ${prose(message, 1_000)}`;
  return `${replyMarkerOf(commentId)}\n${text}`;
}

/** What one answer is for: help each time, everything else once for a person. */
export function occasionOf({ commentId, user, reason }: Refused): string {
  return reason === HELP_ASKED ? `${reason} ${commentId}` : `${reason} ${user}`;
}

/** How the pull request stands beside what was tested: its head, its target branch, the merge. Pure. */
import type { PullStatusBody } from '../../api/pull-status.ts';
import { code } from './inert.ts';
import type { ReportedRun } from './reported-run.ts';

const short = (sha: string): string => code(sha.slice(0, 7));

/** One line. */
export function pullNotes(pull: PullStatusBody, { spec }: ReportedRun): string {
  const { ref } = spec.source;
  const moved =
    pull.head.sha === ref
      ? []
      : [`Tested ${short(ref)}; the pull request is now at ${short(pull.head.sha)}.`];
  return [...moved, `${baseText(pull)}; ${mergeText(pull)}.`].join(' ');
}

function baseText({ base, mergeBase }: PullStatusBody): string {
  const branch = code(base.branch);
  if (mergeBase === null) return `It is not known whether ${branch} has moved since this was branched`;
  return mergeBase === base.sha
    ? `${branch} has not moved since this was branched`
    : `${branch} has moved since this was branched, from ${short(mergeBase)} to ${short(base.sha)}`;
}

function mergeText({ isMergeable, state }: PullStatusBody): string {
  if (state === 'closed') return 'the pull request is closed';
  if (isMergeable === null) return 'whether the merge is clean is not known yet';
  return isMergeable ? 'the merge is clean' : 'the merge has conflicts';
}

/** What stands on the commit under test: at most 140 characters that follow each phase. Pure. */
import type { CommitStatus } from '../../forge.ts';
import { plainLine } from '../notes/quoted.ts';
import { visible } from '../text/visible.ts';
import type { Links } from './links.ts';
import type { ReportedRun } from './reported-run.ts';
import { sentenceOf } from './standing.ts';
import { shorten } from './shorten.ts';

export const CONTEXT = 'cc-ci/testme';
const MOST = 140;

export function commitStatusOf(run: ReportedRun, links: Links): CommitStatus {
  return {
    context: CONTEXT,
    state: stateOf(run),
    description: shorten(visible(plainLine(sentenceOf(run))), MOST),
    targetUrl: links.run(run.name),
  };
}

function stateOf({ status: { phase, verdict } }: ReportedRun): CommitStatus['state'] {
  if (phase === 'Refused') return 'error';
  switch (verdict) {
    case null:
      return 'pending';
    case 'Passed':
      return 'success';
    case 'Failed':
    case 'TimedOut':
      return 'failure';
    case 'Errored':
    case 'Cancelled':
      return 'error';
    default:
      return verdict satisfies never;
  }
}

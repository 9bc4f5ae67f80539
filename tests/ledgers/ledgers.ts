/** All ledgers, read and held against their forms. */
import {
  backlogProblems,
  decisionProblems,
  deferredProblems,
  doneProblems,
  journalProblems,
  reviewProblems,
  statusProblems,
} from './forms.ts';

/** `read` gives the text of a file of the repository. */
export function ledgerProblems(read: (file: string) => string, now: Date): string[] {
  const [status, review, backlog] = [read('STATUS.md'), read('REVIEW.md'), read('BACKLOG.md')];
  return [
    ...backlogProblems(backlog),
    ...decisionProblems(read('DECISIONS.md')),
    ...statusProblems(status),
    ...journalProblems(read('JOURNAL.md')),
    ...deferredProblems(read('docs/DEFERRED.md')),
    ...reviewProblems(review, backlog),
    ...doneProblems({ status, review, now }),
  ];
}

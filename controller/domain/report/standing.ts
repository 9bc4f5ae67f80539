/** How a run of a pull request stands: a headline of a few words, and one sentence. Pure; both may hold words of strangers. */
import { lookOf, decidingStep, shownPhase } from '../run/appearance.ts';
import { spanOf } from '../text/time.ts';
import { lastSteps, type ReportedRun } from './reported-run.ts';

/** `✘`, `failed in upgrade`. */
export interface Headline {
  readonly icon: string;
  readonly words: string;
}

export function headlineOf(run: ReportedRun): Headline {
  const { status } = run;
  if (isBeingCancelled(run)) return { icon: lookOf('Cancelled').icon, words: 'being cancelled' };
  const { icon, word } = lookOf(shownPhase(status));
  return { icon, words: `${WORDS[status.phase] ?? word}${placeOf(run)}` };
}

const WORDS: Readonly<Record<string, string>> = { Pending: 'accepted', Blind: 'waiting for Docker' };

/** What stands behind the word. */
function placeOf(run: ReportedRun): string {
  const { phase, verdict, queue, stage } = run.status;
  if (phase === 'Queued') return queue === null ? '' : `, number ${queue.position} in line`;
  if (phase === 'Running') return stage === null ? '' : ` ${stage}`;
  const step = decidingStep(lastSteps(run));
  return (verdict === 'Failed' || verdict === 'TimedOut') && step !== '' ? ` in ${step}` : '';
}

export function isBeingCancelled({ spec, status }: ReportedRun): boolean {
  return spec.cancel !== false && status.finishedAt === null;
}

/** One sentence; of a finished run its verdict. */
export function sentenceOf(run: ReportedRun): string {
  const { status, spec } = run;
  if (isBeingCancelled(run)) return `Being cancelled${byWhom(spec.cancel)}; what was deployed is removed.`;
  if (status.phase === 'Pending') return 'Accepted; it is taken up in a moment.';
  if (status.phase === 'Queued' && status.queue !== null)
    return `Queued, number ${status.queue.position} in line: ${status.queue.reason}.`;
  return status.message;
}

function byWhom(cancel: ReportedRun['spec']['cancel']): string {
  if (typeof cancel === 'boolean') return '';
  switch (cancel.by) {
    case 'person':
    case 'server':
      return cancel.who === undefined ? '' : ` by \`${cancel.who}\``;
    case 'newer-run':
      return ', because of a newer run';
    case 'closed-pull-request':
      return ', because the pull request was closed';
    default:
      return cancel.by satisfies never;
  }
}

/** How long it took, or ''. A run that goes on has no length yet: a text that changes by itself would be said again and again. */
export function durationOf({ status: { begunAt, finishedAt } }: ReportedRun): string {
  return begunAt === null || finishedAt === null ? '' : spanOf(Date.parse(finishedAt) - Date.parse(begunAt));
}

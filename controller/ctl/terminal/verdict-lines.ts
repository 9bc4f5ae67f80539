/** How a run stands, in words: one vocabulary with the page and the comment. */
import { bumpScope } from '../../domain/recipe/image-bumps.ts';
import { decidingStep } from './table.ts';
import { EXIT, exitOfVerdict, type ExitCode } from './exit.ts';
import type { RunView } from '../runs.ts';
import { badge, shownPhase, type Style } from './style.ts';
import { oneLine } from '../text.ts';
import { spanOf } from '../time.ts';

/** True where nothing more will happen by itself. */
export function isOver(run: RunView): boolean {
  return run.status.phase === 'Finished' || run.status.phase === 'Refused';
}

/** The exit code of a run that is over. */
export function exitOfRun(run: RunView): ExitCode {
  const { phase, verdict } = run.status;
  if (phase === 'Refused') return EXIT.invalid;
  return verdict === null ? EXIT.notJudged : exitOfVerdict(verdict);
}

function verdictDetail({ verdict, steps, cause }: RunView['status']): string {
  if (verdict === 'Failed' || verdict === 'TimedOut') return decidingStep(steps);
  return verdict === 'Errored' ? (cause?.reason ?? '') : '';
}

function detailOf({ status }: RunView): string {
  switch (status.phase) {
    case 'Running':
      return status.stage ?? '';
    case 'Queued':
      return status.queue === null ? '' : `#${status.queue.position}, ${oneLine(status.queue.reason)}`;
    case 'Finished':
      return verdictDetail(status);
    default:
      return '';
  }
}

/** `✘ failed: upgrade`, `▶ running: install`, `◌ queued: #2, …`. */
export function headlineOf(run: RunView, style: Style): string {
  return badge(style, shownPhase(run.status), detailOf(run));
}

export function elapsedOf(run: RunView, now: Date): string {
  const { begunAt, finishedAt } = run.status;
  if (begunAt === null) return '';
  return spanOf((finishedAt === null ? now : new Date(finishedAt)).getTime() - Date.parse(begunAt));
}

/** What teardown found, in one sentence. */
export function teardownOf({ status }: RunView): string {
  if (status.leftovers.length > 0) return `left behind: ${status.leftovers.map(oneLine).join(', ')}`;
  if (status.begunAt === null) return 'nothing was deployed';
  const cleaned = status.conditions.find((each) => each.type === 'Cleaned');
  return cleaned === undefined || cleaned.status === 'True' ? 'nothing left' : oneLine(cleaned.message);
}

function verdictRows(run: RunView): [string, string | undefined][] {
  const { status } = run;
  const message = status.verdict === 'Passed' ? undefined : status.message;
  return [
    ['scope', scopeOf(run)],
    ['cause', status.cause?.message ?? message],
    ['service', status.cause?.service],
    ['evidence', status.cause?.evidence],
    ['next', status.cause?.nextStep ?? nextStepOf(run)],
    ['teardown', status.phase === 'Finished' ? teardownOf(run) : undefined],
  ];
}

/** The last word on a run: headline, cause, evidence, next step, teardown. */
export function verdictLines(run: RunView, style: Style, now: Date): string[] {
  const elapsed = elapsedOf(run, now);
  const after = elapsed === '' ? '' : ` after ${elapsed}`;
  const level = run.status.level === null ? '' : `, level ${run.status.level} of 5`;
  const details = verdictRows(run).flatMap(([label, text]) =>
    text === undefined || text === '' ? [] : [`  ${`${label}:`.padEnd(10)} ${oneLine(text)}`],
  );
  return [`${headlineOf(run, style)}${after}${level} (run/${run.metadata.name})`, ...details];
}

/** What a reader must not take for a verdict on the whole commit. */
function scopeOf({ spec }: RunView): string | undefined {
  return spec?.bump === undefined ? undefined : `${bumpScope(spec.bump)}: no verdict on the commit.`;
}

function nextStepOf(run: RunView): string | undefined {
  const { verdict } = run.status;
  if (verdict === null || verdict === 'Passed') return undefined;
  return verdict === 'Cancelled'
    ? `\`ccci-ctl rerun run/${run.metadata.name}\` asks again.`
    : `\`ccci-ctl logs run/${run.metadata.name} --failed\` shows the log.`;
}

/** How a run stands, in words. */
import { bumpScope } from '../domain/recipe/image-bumps.ts';
import { decidingStep, shownPhase } from '../domain/run/appearance.ts';
import type { RunView } from './runs.ts';
import { oneLine } from './text.ts';
import { spanOf } from '../domain/text/time.ts';

/** True where nothing more will happen by itself. */
export function isOver(run: RunView): boolean {
  return run.status.phase === 'Finished' || run.status.phase === 'Refused';
}

function verdictDetail({ verdict, steps, cause }: RunView['status']): string {
  if (verdict === 'Failed' || verdict === 'TimedOut') return decidingStep(steps);
  return verdict === 'Errored' ? (cause?.reason ?? '') : '';
}

/** What stands behind the word: the stage, the place in the queue, the step that decided. */
export function detailOf({ status }: RunView): string {
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

export function elapsedOf(run: RunView, now: Date): string {
  const { begunAt, finishedAt } = run.status;
  if (begunAt === null) return '';
  return spanOf((finishedAt === null ? now : new Date(finishedAt)).getTime() - Date.parse(begunAt));
}

/** Its phase, or its verdict once it is finished. */
export function stateName({ status }: RunView): string {
  return shownPhase(status);
}

/** What teardown found, in one sentence. */
export function teardownOf({ status }: RunView): string {
  if (status.leftovers.length > 0) return `left behind: ${status.leftovers.map(oneLine).join(', ')}`;
  if (status.begunAt === null) return 'nothing was deployed';
  const cleaned = status.conditions.find((each) => each.type === 'Cleaned');
  return cleaned === undefined || cleaned.status === 'True' ? 'nothing left' : oneLine(cleaned.message);
}

/** What a reader must not take for a verdict on the whole commit. */
export function scopeOf({ spec }: RunView): string | undefined {
  return spec?.bump === undefined ? undefined : `${bumpScope(spec.bump)}: no verdict on the commit.`;
}

export function nextStepOf(run: RunView): string | undefined {
  const { verdict } = run.status;
  if (verdict === null || verdict === 'Passed') return undefined;
  return verdict === 'Cancelled'
    ? `\`ccci-ctl rerun run/${run.metadata.name}\` asks again.`
    : `\`ccci-ctl logs run/${run.metadata.name} --failed\` shows the log.`;
}

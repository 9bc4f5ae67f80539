/** A run beside another: what was deployed and how the stages went, without reading their logs. */
import { type RunDiff, runDiff } from '../domain/compare/run-diff.ts';
import { judgesRecipe } from './overview.ts';
import type { Viewer } from './reading.ts';
import { recipeOf, runFacts } from './run-record.ts';
import type { RunView } from './runs.ts';

export interface Compared {
  readonly before: RunView;
  readonly after: RunView;
  readonly diff: RunDiff;
}

/** The newest of the same recipe that was asked for before; `runs` newest first. */
export function lastGreenBefore(runs: readonly RunView[], { metadata, ...run }: RunView): RunView | null {
  const recipe = recipeOf({ metadata, ...run });
  const found = runs.find(
    (each) =>
      each.metadata.name !== metadata.name &&
      each.metadata.createdAt <= metadata.createdAt &&
      each.status.verdict === 'Passed' &&
      judgesRecipe(each) &&
      recipeOf(each) === recipe,
  );
  return found ?? null;
}

export async function compared(
  viewer: Pick<Viewer, 'reading'>,
  { before, after }: Pick<Compared, 'before' | 'after'>,
): Promise<Compared> {
  const diff = runDiff(await runFacts(viewer, before), await runFacts(viewer, after));
  return { before, after, diff };
}

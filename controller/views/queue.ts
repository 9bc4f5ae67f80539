/** What runs and what waits, and when that may change, by how long earlier runs took. Pure. */
import { queueOf } from './lists.ts';
import { isUnderWay } from './overview.ts';
import { recipeOf } from './run-record.ts';
import type { RunView } from './runs.ts';

export interface QueueView {
  /** Oldest first; null where no earlier run of the recipe says how long one takes. */
  readonly running: readonly { readonly run: RunView; readonly leftMs: number | null }[];
  /** In the order in which they begin; null where one before them has no estimate. */
  readonly waiting: readonly { readonly run: RunView; readonly waitMs: number | null }[];
}

/** Of earlier runs of the recipe with the same stages; more say nothing about today. */
const MOST_EARLIER = 10;

/** `runs` newest first. */
export function queueView(runs: readonly RunView[], now: Date): QueueView {
  const alike = Map.groupBy(runs, kindOf);
  const running = runs
    .filter(isUnderWay)
    .toReversed()
    .map((run) => ({ run, leftMs: leftOf(run, usualMs(alike, run), now) }));
  const slots = running.map(({ leftMs }) => leftMs);
  const waiting = queueOf(runs).map((run) => {
    const next = soonest(slots);
    const waitMs = slots.length === 0 ? null : (slots[next] ?? null);
    const took = usualMs(alike, run);
    if (slots.length > 0) slots[next] = waitMs === null || took === null ? null : waitMs + took;
    return { run, waitMs };
  });
  return { running, waiting };
}

/** The slot that is free first; one of which nothing is known is taken last. */
function soonest(slots: readonly (number | null)[]): number {
  let best = 0;
  for (const [index, left] of slots.entries())
    if ((left ?? Infinity) < (slots[best] ?? Infinity)) best = index;
  return best;
}

function leftOf({ status }: RunView, usual: number | null, now: Date): number | null {
  if (usual === null || status.begunAt === null) return null;
  return Math.max(0, Date.parse(status.begunAt) + usual - now.getTime());
}

/** Recipe and stages. */
function kindOf(run: RunView): string {
  return `${recipeOf(run)} ${(run.spec?.stages ?? []).join()}`;
}

/** The median of those alike; null where there is none. */
function usualMs(alike: ReadonlyMap<string, readonly RunView[]>, run: RunView): number | null {
  const took = (alike.get(kindOf(run)) ?? [])
    .flatMap(({ status: { begunAt, finishedAt } }) =>
      begunAt === null || finishedAt === null ? [] : [Date.parse(finishedAt) - Date.parse(begunAt)],
    )
    .slice(0, MOST_EARLIER)
    .sort((a, b) => a - b);
  return took[Math.floor(took.length / 2)] ?? null;
}

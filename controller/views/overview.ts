/** How the enrolled recipes stand, and what changed: from runs that are listed already. Pure. */
import type { RecipeSpec } from '../api/recipe-spec.ts';
import type { Verdict } from '../api/test-run-status.ts';
import type { RunView } from './runs.ts';
import { recipeOf } from './run-record.ts';

export type Standing = 'newlyFailing' | 'stillFailing' | 'newlyPassing' | 'stillPassing' | 'notJudged';

export interface RecipeRow {
  readonly recipe: string;
  readonly category: string | null;
  /** Newest first; runs that are no verdict on the recipe are not among them. */
  readonly runs: readonly RunView[];
  readonly standing: Standing;
  /** Of those, the newest that is judged, and the one before it. */
  readonly judged: RunView | null;
  readonly before: RunView | null;
}

const RED: ReadonlySet<Verdict | null> = new Set(['Failed', 'TimedOut']);
export const isRed = ({ status }: RunView): boolean => RED.has(status.verdict);
export const isGreen = ({ status }: RunView): boolean => status.verdict === 'Passed';

/** With only some image bumps applied it is not the recipe that is judged, and nobody asked for a reference run. */
export function judgesRecipe({ spec }: RunView): boolean {
  return spec !== null && spec.bump === undefined && spec.trigger.kind !== 'reference';
}

/** By recipe, in the order in which they come. */
export function runsByRecipe(runs: readonly RunView[]): ReadonlyMap<string, readonly RunView[]> {
  return Map.groupBy(runs, recipeOf);
}

/** `runs` newest first; what is running comes first, then what fails, then by name. */
export function overviewOf(
  recipes: ReadonlyMap<string, RecipeSpec['spec'] | null>,
  runs: readonly RunView[],
): RecipeRow[] {
  const own = runsByRecipe(runs.filter(judgesRecipe));
  return [...recipes]
    .map(([recipe, spec]) => rowOf(recipe, spec?.category ?? null, own.get(recipe) ?? []))
    .sort((a, b) => urgencyOf(a) - urgencyOf(b) || (a.recipe < b.recipe ? -1 : 1));
}

function rowOf(recipe: string, category: string | null, runs: readonly RunView[]): RecipeRow {
  const [judged = null, before = null] = runs.filter((run) => isRed(run) || isGreen(run));
  return { recipe, category, runs, standing: standingOf(judged, before), judged, before };
}

/** A first verdict is news where it is bad. */
function standingOf(judged: RunView | null, before: RunView | null): Standing {
  if (judged === null) return 'notJudged';
  if (isRed(judged)) return before !== null && isRed(before) ? 'stillFailing' : 'newlyFailing';
  return before !== null && isRed(before) ? 'newlyPassing' : 'stillPassing';
}

const UNDER_WAY: ReadonlySet<string> = new Set(['Running', 'Collecting', 'Cleaning', 'Blind']);
export const isUnderWay = ({ status }: RunView): boolean => UNDER_WAY.has(status.phase);
export const isWaiting = ({ status }: RunView): boolean => ['Queued', 'Pending'].includes(status.phase);

function urgencyOf({ runs, standing }: RecipeRow): number {
  if (runs.some(isUnderWay)) return 0;
  return standing === 'newlyFailing' ? 1 : standing === 'stillFailing' ? 2 : 3;
}

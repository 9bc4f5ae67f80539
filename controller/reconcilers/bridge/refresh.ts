/** Looks again at pull requests that runs belong to: writes what they are now, and cancels the runs of those that were closed. */
import type { Cancellation } from '../../api/test-run.ts';
import { pullNameOf } from '../../domain/trigger/names.ts';
import type { ForgePull } from '../../forge.ts';
import type { BridgeDeps, Enrolled } from './deps.ts';
import { putPull } from './pull-status.ts';
import { cancelAll, type RunOfPull, runsOf } from './runs.ts';

export interface ToRefresh {
  /** Numbers that something was told of. */
  readonly hinted: ReadonlySet<number>;
  /** Whether every open one is looked at, because something may have been missed. */
  readonly all: boolean;
  /** Those that were read in this pass already. */
  readonly read: ReadonlyMap<number, ForgePull | null>;
}

/** True where a run is open, so that another look is due soon. */
export async function refreshPulls(deps: BridgeDeps, at: Enrolled, what: ToRefresh): Promise<boolean> {
  const written = new Set(await numbersOf(deps, at.recipe));
  let open = false;
  for (const number of new Set([...written, ...what.read.keys()])) {
    const runs = await runsOf(deps, { recipe: at.recipe, pull: number });
    const isRunning = runs.some(({ isOpen }) => isOpen);
    open ||= isRunning;
    const isDue =
      isRunning || (written.has(number) && (await isWanted(deps, at.recipe, { ...what, number })));
    if (isDue) await refresh(deps, at, { number, runs, known: what.read.get(number) });
    else if (what.all && !isRunning) await forgetIfOld(deps, pullNameOf(at.recipe, number));
  }
  return open;
}

/** So long after its end nobody waits for a word under it; one that is opened again is seen anew. */
const KEEP_MS = 30 * 24 * 60 * 60_000;

async function forgetIfOld({ pulls, clock }: BridgeDeps, name: string): Promise<void> {
  const { state, observedAt } = (await pulls.get(name))?.status ?? { state: 'open', observedAt: '' };
  if (state === 'closed' && clock.now().getTime() - Date.parse(observedAt) > KEEP_MS)
    await pulls.remove(name);
}

async function isWanted(
  { pulls }: BridgeDeps,
  recipe: string,
  { number, hinted, all }: ToRefresh & { readonly number: number },
): Promise<boolean> {
  if (hinted.has(number)) return true;
  return all && (await pulls.get(pullNameOf(recipe, number)))?.status.state === 'open';
}

async function refresh(
  deps: BridgeDeps,
  at: Enrolled,
  {
    number,
    runs,
    known,
  }: { number: number; runs: readonly RunOfPull[]; known: ForgePull | null | undefined },
): Promise<void> {
  const pull = known === undefined ? await deps.forge.pull(at.repository, number) : known;
  await putPull(deps, at, { number, pull });
  if (pull?.state !== 'open') await cancelAll(deps, runs, closedBecause(pull));
}

/** Pull requests of the recipe that were written down. */
export async function numbersOf({ pulls }: Pick<BridgeDeps, 'pulls'>, recipe: string): Promise<number[]> {
  return (await pulls.names())
    .flatMap((name) => {
      const number = Number(/-pr([1-9]\d*)$/.exec(name)?.[1] ?? 0);
      return number > 0 && name === pullNameOf(recipe, number) ? [number] : [];
    })
    .sort((a, b) => a - b);
}

function closedBecause(pull: ForgePull | null): Cancellation {
  const why = pull === null ? 'it is gone' : 'it was merged';
  return { by: 'closed-pull-request', ...(pull?.isMerged === false ? {} : { why }) };
}

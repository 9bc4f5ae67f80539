/** Reconciles one enrolled repository: reads its new comments, does what they ask, looks at its pull requests, and then moves its cursor. */
import { createHash } from 'node:crypto';
import { pullNameOf } from '../../domain/trigger/names.ts';
import type { ForgePull } from '../../forge.ts';
import type { Reconciled, Reconciler } from '../../runtime/controllers.ts';
import { isFailure } from '../../runtime/errors.ts';
import { listNudges, removeNudge } from '../../store/nudges.ts';
import { answer } from './answer.ts';
import { type Asked, readComments } from './comments.ts';
import { notPolled, notPolledBecause, POLLED } from './conditions.ts';
import type { BridgeDeps, Enrolled } from './deps.ts';
import type { Hints } from './hints.ts';
import type { Members } from './members.ts';
import { putPull } from './pull-status.ts';
import type { Recipes } from './recipes.ts';
import { numbersOf, refreshPulls } from './refresh.ts';
import { begun, conditionsOf, say, sayFailure } from './repository-status.ts';
import { runsOf } from './runs.ts';

export interface RepositoryDeps extends BridgeDeps {
  readonly recipes: Pick<Recipes, 'get'>;
  readonly members: Members;
  readonly hints: Hints;
  /** Why the forge need not be asked now; null where it answered the last time. */
  readonly outageOf: (owner: string) => unknown;
}

/** An index may lose something, and so may the poll. */
const RESYNC_MS = 60 * 60_000;
/** While a run is open: its target branch moves without a word. */
const OPEN_RUN_MS = 60_000;

export function makeRepositoryReconciler(deps: RepositoryDeps): Reconciler {
  return async (recipe) => {
    const seen = await deps.recipes.get(recipe);
    if (seen === null) return forget(deps, recipe);
    const { repository } = seen;
    if (repository === null) {
      await removeNudges(deps, recipe);
      await say(deps, { recipe, repository, said: notPolled(seen.reason, seen.message) });
      return { requeueAfterMs: spread(recipe) };
    }
    const outage = deps.outageOf(repository.owner);
    if (outage === null) return lookOrSay(deps, { recipe, repository });
    await say(deps, { recipe, repository, said: notPolledBecause(outage) });
    return { requeueAfterMs: spread(recipe) };
  };
}

async function lookOrSay(deps: RepositoryDeps, at: Enrolled): Promise<Reconciled> {
  try {
    return await look(deps, at);
  } catch (error) {
    if (isFailure(error)) await sayFailure(deps, { ...at, said: notPolledBecause(error) });
    throw error;
  }
}

async function look(deps: RepositoryDeps, at: Enrolled): Promise<Reconciled> {
  const hint = deps.hints.take(at.recipe);
  try {
    const { status, version } = await begun(deps, at);
    const nudges = (await listNudges(deps.layout)).filter(({ recipe }) => recipe === at.recipe);
    const nudged = nudges.map(({ commentId }) => commentId);
    const { asked, next } = await readComments(deps.forge, at, { cursor: status.cursor, nudged });
    const read = await answerAll(deps, at, asked);
    const open = await refreshPulls(deps, at, { ...hint, read });
    // Last of all: whoever is stopped before it does the same again.
    const body = { ...status, cursor: next, conditions: conditionsOf(deps, status.conditions, POLLED) };
    await deps.repositories.put(at.recipe, body, version);
    for (const nudge of nudges) await removeNudge(deps.layout, nudge);
    return { requeueAfterMs: open ? OPEN_RUN_MS : spread(at.recipe) };
  } catch (error) {
    deps.hints.giveBack(at.recipe, hint);
    throw error;
  }
}

async function answerAll(
  deps: RepositoryDeps,
  at: Enrolled,
  all: readonly Asked[],
): Promise<ReadonlyMap<number, ForgePull | null>> {
  const read = new Map<number, ForgePull | null>();
  for (const asked of all) {
    const number = asked.pull;
    const seen = read.get(number) ?? (await deps.forge.pull(at.repository, number));
    read.set(number, seen);
    // Also where the closing click brought the comment.
    if (seen?.state !== 'open') continue;
    const refused = await answer(deps, { ...at, ...asked, seen });
    await putPull(deps, at, { number, pull: seen, refused });
  }
  return read;
}

/** The recipe is not enrolled any more. What runs of it goes on, and is reported under its pull request until it ends. */
async function forget(deps: RepositoryDeps, recipe: string): Promise<Reconciled> {
  await deps.repositories.remove(recipe);
  await removeNudges(deps, recipe);
  let open = false;
  for (const pull of await numbersOf(deps, recipe)) {
    const isOpen = (await runsOf(deps, { recipe, pull })).some((run) => run.isOpen);
    open ||= isOpen;
    if (!isOpen) await deps.pulls.remove(pullNameOf(recipe, pull));
  }
  return { requeueAfterMs: open ? OPEN_RUN_MS : null };
}

async function removeNudges({ layout }: RepositoryDeps, of: string): Promise<void> {
  for (const nudge of await listNudges(layout)) if (nudge.recipe === of) await removeNudge(layout, nudge);
}

/** An hour, more or less by the name, so that not all come at once. */
function spread(recipe: string): number {
  const byte = createHash('sha256').update(recipe).digest()[0] ?? 0;
  return RESYNC_MS * (0.75 + byte / 512);
}

/** Reads what the reports of one pull request depend on. No effects. */
import type { PullStatusBody } from '../../api/pull-status.ts';
import type { ReportedRun } from '../../domain/report/reported-run.ts';
import { usualMinutes } from '../../domain/report/usual.ts';
import { isUnder } from '../../domain/trigger/names.ts';
import { readRun } from '../../views/runs.ts';
import type { ReportDeps } from './deps.ts';

export interface Seen {
  readonly pull: PullStatusBody;
  /** What comments of the pull request asked for, newest first. */
  readonly runs: readonly ReportedRun[];
  /** Reference runs of the recipe. */
  readonly references: readonly ReportedRun[];
  readonly usualMinutes: number | null;
}

type Deps = Pick<ReportDeps, 'store' | 'reading' | 'clock' | 'pulls'>;

/** Null where the bridge has not seen the pull request. */
export async function observe(deps: Deps, name: string): Promise<Seen | null> {
  const document = await deps.pulls.get(name);
  if (document === null) return null;
  const pull = document.status;
  const all = await runsOfRecipe(deps, pull.recipe);
  return {
    pull,
    runs: all.filter((run) => isOfPull(run, pull)).sort(newestFirst),
    references: all.filter(({ spec }) => spec.trigger.kind === 'reference'),
    usualMinutes: usualMinutes(all),
  };
}

/** By its address as well: another forge may have a pull request of the same number. */
function isOfPull({ spec }: ReportedRun, { number, url }: PullStatusBody): boolean {
  return spec.trigger.kind === 'comment' && spec.source.pr === number && isUnder(spec.trigger.url, url);
}

export const commentIdOf = ({ spec }: ReportedRun): number => spec.trigger.commentId ?? 0;

/** Comments are numbered as they are written; the clock of a file system may be set back. */
function newestFirst(a: ReportedRun, b: ReportedRun): number {
  return commentIdOf(b) - commentIdOf(a) || b.createdAt.localeCompare(a.createdAt);
}

async function runsOfRecipe(deps: Deps, recipe: string): Promise<ReportedRun[]> {
  const runs: ReportedRun[] = [];
  for (const name of deps.store.seenNames()) {
    // Most are of other recipes, and known from memory to be.
    const known = deps.store.status(name)?.status.accepted?.run.recipe;
    if (known !== undefined && known !== recipe) continue;
    const run = await reportedRun(deps, name);
    if (run?.spec.recipe === recipe) runs.push(run);
  }
  return runs;
}

/** Null where there is none, or its document cannot be read and was never accepted. */
export async function reportedRun(
  { reading, clock }: Pick<Deps, 'reading' | 'clock'>,
  name: string,
): Promise<ReportedRun | null> {
  const view = await readRun({ reading, now: () => clock.now() }, name);
  if (view === null || view.spec === null) return null;
  return { name, createdAt: view.metadata.createdAt, spec: view.spec, status: view.status };
}

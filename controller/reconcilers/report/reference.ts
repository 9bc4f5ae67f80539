/** Sees to it that the base of a red pull request is tested once a commit, and says what came of it. */
import { z } from 'zod';
import type { Reference } from '../../api/report-status.ts';
import type { RunResults } from '../../api/results.ts';
import { PreparedData } from '../../api/stage-data.ts';
import {
  type Images,
  isSameImages,
  judgeReference,
  needsReference,
  referenceName,
} from '../../domain/report/reference.ts';
import { isRed, type ReportedRun } from '../../domain/report/reported-run.ts';
import type { ReportDeps } from './deps.ts';
import { reportedRun, type Seen } from './observe.ts';
import type { RunReport } from './run-report.ts';

/** Null where the run is not red, or its fault is not asked about. What was judged once stays, whatever becomes of the reference run. */
export async function ensureReference(
  deps: ReportDeps,
  seen: Seen,
  { run, runReport }: { readonly run: ReportedRun; readonly runReport: RunReport },
): Promise<Reference | null> {
  if (!needsReference(run)) return null;
  const known = runReport.body.reference ?? (await begun(deps, seen, run));
  if (known === null || known.outcome !== 'running') return known;
  const next = { ...known, ...(await judged(deps, seen, { run, name: known.run })) };
  await runReport.put({ reference: next });
  return next;
}

async function judged(
  deps: ReportDeps,
  { references }: Seen,
  { run, name }: { readonly run: ReportedRun; readonly name: string },
): Promise<Pick<Reference, 'outcome' | 'since'>> {
  const reference = await reportedRun(deps, name);
  // Somebody took it away before it was done.
  if (reference === null) return { outcome: 'notJudged', since: null };
  return judgeReference(run, reference, references);
}

/** One that is there already, or a new one. Null where nobody waits for it any more. */
async function begun(deps: ReportDeps, seen: Seen, run: ReportedRun): Promise<Reference | null> {
  const { pull, references } = seen;
  if (pull.state === 'closed') return null;
  const { sha: commit, branch } = pull.base;
  const same = references
    .filter(({ spec }) => spec.source.ref === commit)
    .sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  const name = (await usable(deps, run, same)) ?? (await create(deps, pull.recipe, commit));
  return { run: name, commit, branch, outcome: 'running', since: null };
}

/** One that goes on, or was judged with the same images. */
async function usable(
  { reading }: ReportDeps,
  run: ReportedRun,
  same: readonly ReportedRun[],
): Promise<string | null> {
  const images = imagesIn(await reading.results(run.status.uid));
  for (const reference of same) {
    const { verdict, uid } = reference.status;
    if (verdict === null) return reference.name;
    const isJudged = verdict === 'Passed' || isRed(reference);
    if (isJudged && isSameImages(images, imagesIn(await reading.results(uid)))) return reference.name;
  }
  return null;
}

const Found = z.object({ images: PreparedData.shape.images });

function imagesIn(results: RunResults | null): Images {
  const prepared = results?.steps.findLast(({ name }) => name === 'prepare')?.data;
  const { images = [] } = Found.safeParse(prepared).data ?? {};
  return new Map(images.map(({ image, id, digest }) => [image, digest ?? id]));
}

/** Under the first name that is free, or one that waits there already, of whoever asked for it: after a restart it may be known from its document alone. */
async function create(deps: ReportDeps, recipe: string, commit: string): Promise<string> {
  const { reading, wishes } = deps;
  let count = 1;
  let name = referenceName(recipe, commit, count);
  while ((await reading.run(name)) !== null) {
    if (await isWaiting(deps, name, commit)) return name;
    count += 1;
    name = referenceName(recipe, commit, count);
  }
  try {
    await wishes.create({
      name,
      recipe,
      source: { ref: commit },
      trigger: { kind: 'reference' },
      labels: { reference: 'true' },
    });
  } catch (error) {
    if ((await reading.run(name)) === null) throw error;
  }
  return name;
}

async function isWaiting(deps: ReportDeps, name: string, commit: string): Promise<boolean> {
  const there = await reportedRun(deps, name);
  if (there === null || there.status.verdict !== null) return false;
  return there.spec.trigger.kind === 'reference' && there.spec.source.ref === commit;
}

/** Whose fault a red run is: what the run of its base says. Pure. */
import type { Reference } from '../../api/report-status.ts';
import { STEPS } from '../../api/stage.ts';
import { decidingStep } from '../run/appearance.ts';
import { isRed, lastSteps, type ReportedRun } from './reported-run.ts';

const MAX_NAME = 63;
const SHORT = 12;

/** `<recipe>-ref-<sha12>`, the recipe shortened where the whole would not be a name; later ones end in `-2` and so on. */
export function referenceName(recipe: string, commit: string, count: number): string {
  const tail = `-ref-${commit.slice(0, SHORT)}${count > 1 ? `-${count}` : ''}`;
  return recipe.slice(0, MAX_NAME - tail.length).replace(/-+$/, '') + tail;
}

/** Only the red run of a pull request as a whole is asked about. */
export function needsReference({ spec, status }: ReportedRun): boolean {
  return spec.trigger.kind === 'comment' && spec.bump === undefined && isRed({ status });
}

/** Digests by image, as `prepare` found them. */
export type Images = ReadonlyMap<string, string>;

/** A tag may lead elsewhere by now, and then an older run says nothing of what is tested today. */
export function isSameImages(a: Images, b: Images): boolean {
  return [...a].every(([image, digest]) => !b.has(image) || b.get(image) === digest);
}

export type Judged = Pick<Reference, 'outcome' | 'since'>;

/** `earlier` are the reference runs of the same recipe, in any order; the reference itself may be among them. */
export function judgeReference(
  own: ReportedRun,
  reference: ReportedRun,
  earlier: readonly ReportedRun[],
): Judged {
  const { verdict } = reference.status;
  if (verdict === null) return { outcome: 'running', since: null };
  if (verdict === 'Passed') return { outcome: 'regression', since: null };
  if (!isRed(reference)) return { outcome: 'notJudged', since: null };
  // What fails on main only after the step that fails here has passed there.
  if (placeOf(reference) > placeOf(own)) return { outcome: 'regression', since: null };
  return { outcome: 'alreadyFailing', since: firstRed(reference, earlier) };
}

function placeOf(run: ReportedRun): number {
  const place = STEPS.findIndex((step) => step === decidingStep(lastSteps(run)));
  return place === -1 ? STEPS.length : place;
}

/** Where the base began to fail in that step, as far as reference runs know. */
function firstRed(reference: ReportedRun, earlier: readonly ReportedRun[]): string {
  const before = earlier
    .filter((run) => run.createdAt < reference.createdAt && (isRed(run) || run.status.verdict === 'Passed'))
    .sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  const end = before.findIndex((run) => !isRed(run) || placeOf(run) !== placeOf(reference));
  const streak = end === -1 ? before : before.slice(0, end);
  return (streak.at(-1) ?? reference).spec.source.ref;
}

/** A sentence, with names in backticks. */
export function referenceText({ outcome, branch, commit, since, run }: Reference): string {
  const base = `\`${branch}\` at \`${commit.slice(0, 7)}\``;
  switch (outcome) {
    case 'running':
      return `Whose fault it is will be known soon: ${base} is being tested as well (\`${run}\`).`;
    case 'regression':
      return `Regression: ${base} passes where this fails (\`${run}\`).`;
    case 'alreadyFailing':
      return `Already failing on \`${branch}\` since \`${(since ?? commit).slice(0, 7)}\`: the same step fails without this change (\`${run}\`).`;
    case 'notJudged':
      return `It is not known whether ${base} fails as well: its run was not judged (\`${run}\`).`;
    default:
      return outcome satisfies never;
  }
}

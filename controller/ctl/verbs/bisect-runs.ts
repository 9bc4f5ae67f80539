/** The runs of a bisect: made once, picked up when it is asked again, and waited for. */
import type { Bump, ImageChange } from '../../api/bump.ts';
import { UpgradeData, PreparedData } from '../../api/stage-data.ts';
import type { StageName } from '../../api/stage.ts';
import type { TestRunBody } from '../../api/test-run.ts';
import type { End } from '../../domain/compare/bisect.ts';
import { failedStep, type Subject } from '../../domain/compare/bisect-plan.ts';
import { say, type Ctl } from '../terminal/world.ts';
import { Refusal, usageError } from '../../views/refusal.ts';
import { makeProgress } from '../terminal/progress.ts';
import { triggerOf } from './run.ts';
import { readRun, type RunView } from '../../views/runs.ts';
import { headlineOf } from '../../describe/badge.ts';
import { awaitRun } from './wait.ts';

/** The run that is to be bisected, and what it found of its images. */
export async function subjectOf(
  ctl: Ctl,
  { metadata, status, spec }: RunView,
): Promise<Subject & { readonly body: TestRunBody }> {
  const run = metadata.name;
  const body = status.accepted?.run ?? spec;
  if (body === null)
    throw new Refusal('invalid', `run/${run} has no readable spec.`, {
      next: `See \`ccci-ctl describe run/${run}\`.`,
    });
  return {
    run,
    body,
    phase: status.phase,
    verdict: status.verdict,
    partial: body.bump !== undefined,
    stages: body.stages,
    steps: status.steps.filter(({ attempt }) => attempt === status.attempt),
    ...(await imagesOf(ctl, status)),
  };
}

async function imagesOf(
  ctl: Ctl,
  { uid, attempt }: RunView['status'],
): Promise<Pick<Subject, 'changes' | 'fromOlder'>> {
  const steps = (await ctl.reading.results(uid))?.steps ?? [];
  const dataOf = (name: 'prepare' | 'upgrade'): unknown =>
    steps.find((step) => step.name === name && step.attempt === attempt)?.data;
  const prepared = PreparedData.safeParse(dataOf('prepare'));
  const upgraded = UpgradeData.safeParse(dataOf('upgrade'));
  return {
    changes: prepared.success ? prepared.data.imageChanges : [],
    fromOlder: upgraded.success && upgraded.data.matrix.some(({ outcome }) => outcome === 'failed'),
  };
}

/** One run of a bisect, as it is wished. */
export interface Wish {
  readonly name: string;
  /** The run that is bisected. */
  readonly of: string;
  readonly body: TestRunBody;
  readonly commit: string;
  readonly stages: readonly StageName[];
  /** The one image that is bumped, or null. */
  readonly change: ImageChange | null;
}

const bumpOf = ({ change }: Wish): Bump => ({ only: change === null ? [] : [change.service] });

/** Made, or picked up where the same was made before: a bisect that is asked again goes on. */
export async function ensureAsked(ctl: Ctl, wish: Wish): Promise<'created' | 'picked up'> {
  const there = await readRun(ctl, wish.name);
  if (there === null) {
    const { recipe, source, timeout } = wish.body;
    // Without the pull request: nobody may take it for one of its runs.
    const { repo } = source;
    await ctl.wishes.create({
      name: wish.name,
      trigger: triggerOf(ctl),
      recipe,
      source: { ...(repo === undefined ? {} : { repo }), ref: wish.commit },
      stages: wish.stages,
      timeout,
      bump: bumpOf(wish),
      labels: { 'bisect-of': wish.of },
    });
    return 'created';
  }
  if (!there.metadata.deleting && isAsWished(there.spec, wish)) return 'picked up';
  throw usageError(
    there.metadata.deleting
      ? `run/${wish.name} is being deleted.`
      : `run/${wish.name} exists already, and asks for something else.`,
    `\`ccci-ctl delete run/${wish.name} --wait\`, then bisect again.`,
  );
}

function isAsWished(spec: TestRunBody | null, wish: Wish): boolean {
  if (spec === null) return false;
  const { recipe, source, stages, bump } = spec;
  const told = [recipe, source.repo, source.ref, stages, bump];
  const wished = [wish.body.recipe, wish.body.source.repo, wish.commit, wish.stages, bumpOf(wish)];
  return JSON.stringify(told) === JSON.stringify(wished);
}

/** Waits until each is over, one after the other: they run at once as far as there are slots. */
export async function endsOf(
  ctl: Ctl,
  wishes: readonly Wish[],
  timeoutMs: number | null,
): Promise<Map<string, End>> {
  const began = ctl.now().getTime();
  const ends = new Map<string, End>();
  for (const { name } of wishes) {
    const left = timeoutMs === null ? null : Math.max(0, timeoutMs - (ctl.now().getTime() - began));
    ends.set(name, await endOf(ctl, name, left));
  }
  return ends;
}

async function endOf(ctl: Ctl, name: string, timeoutMs: number | null): Promise<End> {
  const progress = makeProgress(ctl);
  progress.remark(`run/${name}:`);
  try {
    const { run } = await awaitRun(ctl, {
      name,
      goals: [{ on: 'verdict' }],
      timeoutMs,
      onLook: progress.look,
      remark: progress.remark,
    });
    progress.end();
    if (run !== null) say(ctl, `  ${headlineOf(run, ctl.errStyle)}`);
    return run === null ? gone(name) : endOfRun(run);
  } catch (error) {
    progress.end();
    throw error;
  }
}

const gone = (name: string): End => ({
  verdict: null,
  step: null,
  cause: null,
  message: `run/${name} was deleted while it was waited for`,
});

const GOOD: readonly string[] = ['absent', 'running', 'passed', 'skipped'];

/** How a run that is over ended, with the step where it failed, or was not judged. */
export function endOfRun({ status }: Pick<RunView, 'status'>): End {
  const { verdict, cause, message } = status;
  const steps = status.steps.filter(({ attempt }) => attempt === status.attempt);
  const bad = failedStep(steps) ?? steps.find(({ state }) => !GOOD.includes(state))?.name ?? null;
  return { verdict, step: verdict === 'Passed' ? null : bad, cause, message };
}

/** A run as its folder tells it, for comparing it with another. Reads only. */
import { join } from 'node:path';
import type { PreparedData } from '../api/stage-data.ts';
import { dataOf, type StepName, STAGES } from '../api/stage.ts';
import type { StepStatus } from '../api/test-run-status.ts';
import { DEPLOYED_COMPOSE, DEPLOYED_ENV } from '../domain/compare/deployed-text.ts';
import type { RunRecord, StepRecord } from '../domain/compare/run-diff.ts';
import { readIfThere } from '../store/atomic.ts';
import { readLog } from '../store/log-files.ts';
import { readStepFiles } from '../store/step-files.ts';
import type { Ctl } from './terminal/world.ts';
import { layoutOf, type RunView } from './runs.ts';
import { shownPhase } from './terminal/style.ts';

/** What follows is the same for all: the app's own last words, and its end. */
const COMPARED: ReadonlySet<StepName> = new Set(['prepare', ...STAGES]);

export function recipeOf({ spec, status }: RunView): string {
  return spec?.recipe ?? status.accepted?.run.recipe ?? '';
}

/** Of its last attempt. */
export async function runRecord(ctl: Pick<Ctl, 'config'>, run: RunView): Promise<RunRecord> {
  const { metadata, status } = run;
  const layout = layoutOf(ctl);
  const folderOf = (step: StepName): string =>
    layout.stepDir(status.uid, { attempt: status.attempt, step, round: 1 });
  const kept = (name: string): Promise<string | null> =>
    status.uid === '' ? Promise.resolve(null) : readIfThere(join(layout.artifactsDir(status.uid), name));
  const prepared = status.uid === '' ? null : await preparedOf(folderOf('prepare'));
  const steps = status.steps.filter(({ name, attempt }) => attempt === status.attempt && COMPARED.has(name));
  return {
    names: { run: metadata.name, uid: status.uid, commit: status.commit, app: status.app },
    recipe: recipeOf(run),
    createdAt: metadata.createdAt,
    verdict: shownPhase(status),
    subject: prepared?.subject ?? null,
    version: status.version,
    deployer: status.deployer === null ? null : `${status.deployer.kind} ${status.deployer.version}`,
    images: prepared?.images.map(({ image, id, digest }) => `${image} ${digest ?? id}`) ?? null,
    compose: await kept(DEPLOYED_COMPOSE),
    env: await kept(DEPLOYED_ENV),
    steps: await Promise.all(steps.map((step) => stepRecord(step, folderOf(step.name)))),
  };
}

async function preparedOf(folder: string): Promise<PreparedData | null> {
  return dataOf([(await readStepFiles(folder)).result], 'prepare');
}

async function stepRecord(
  { name, state, startedAt, finishedAt }: StepStatus,
  folder: string,
): Promise<StepRecord> {
  const seconds =
    startedAt === null || finishedAt === null
      ? null
      : (Date.parse(finishedAt) - Date.parse(startedAt)) / 1_000;
  const log = (await readLog(folder)).map(({ text }) => text);
  return { name, state, seconds, log };
}

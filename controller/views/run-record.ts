/** A run as its folder tells it, for comparing it with another. Reads only. */
import type { PreparedData } from '../api/stage-data.ts';
import { dataOf, type LogLine, type StepName, STAGES } from '../api/stage.ts';
import type { StepStatus } from '../api/test-run-status.ts';
import { DEPLOYED_COMPOSE, DEPLOYED_ENV } from '../domain/compare/deployed-text.ts';
import type { RunRecord, StepRecord } from '../domain/compare/run-diff.ts';
import type { RunReading, Viewer } from './reading.ts';
import type { RunView } from './runs.ts';
import { shownPhase } from '../domain/run/appearance.ts';

/** What follows is the same for all: the app's own last words, and its end. */
const COMPARED: ReadonlySet<StepName> = new Set(['prepare', ...STAGES]);

export function recipeOf({ spec, status }: RunView): string {
  return spec?.recipe ?? status.accepted?.run.recipe ?? '';
}

/** Of its last attempt. */
export async function runRecord(viewer: Pick<Viewer, 'reading'>, run: RunView): Promise<RunRecord> {
  const { uid, attempt } = run.status;
  const record = await runFacts(viewer, run);
  const logOf = (step: StepName): Promise<readonly LogLine[]> =>
    viewer.reading.log(uid, { attempt, step, round: 1 });
  const steps = record.steps.map(async (step) => ({
    ...step,
    log: (await logOf(step.name)).map(({ text }) => text),
  }));
  return { ...record, steps: await Promise.all(steps) };
}

/** The same, with no line of any log. */
export async function runFacts({ reading }: Pick<Viewer, 'reading'>, run: RunView): Promise<RunRecord> {
  const { metadata, status } = run;
  const { uid, attempt } = status;
  const prepared = await preparedIn(reading, status);
  const steps = status.steps.filter((step) => step.attempt === attempt && COMPARED.has(step.name));
  return {
    names: { run: metadata.name, uid: status.uid, commit: status.commit, app: status.app },
    recipe: recipeOf(run),
    createdAt: metadata.createdAt,
    verdict: shownPhase(status),
    subject: prepared?.subject ?? null,
    version: status.version,
    deployer: status.deployer === null ? null : `${status.deployer.kind} ${status.deployer.version}`,
    images: prepared?.images.map(({ image, id, digest }) => `${image} ${digest ?? id}`) ?? null,
    compose: await reading.artifact(uid, DEPLOYED_COMPOSE),
    env: await reading.artifact(uid, DEPLOYED_ENV),
    steps: steps.map(stepRecord),
  };
}

async function preparedIn(
  reading: RunReading,
  { uid, attempt }: RunView['status'],
): Promise<PreparedData | null> {
  if (uid === '') return null;
  const { result } = await reading.stepFiles(uid, { attempt, step: 'prepare', round: 1 });
  return dataOf([result], 'prepare');
}

function stepRecord({ name, state, startedAt, finishedAt }: StepStatus): StepRecord {
  const seconds =
    startedAt === null || finishedAt === null
      ? null
      : (Date.parse(finishedAt) - Date.parse(startedAt)) / 1_000;
  return { name, state, seconds, log: [] };
}

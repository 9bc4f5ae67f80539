/** The step folders of a run, as they lie on the disk. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RunResults } from '../api/results.ts';
import { StageResult, StageStopped, STEPS, type StepName } from '../api/stage.ts';
import { codeOf } from '../runtime/errors.ts';
import { jsonOf } from '../runtime/json.ts';
import { readIfThere } from '../store/atomic.ts';
import type { Layout } from '../store/layout.ts';

export interface StepFolder {
  readonly attempt: number;
  readonly step: StepName;
  readonly round: number;
  readonly folder: string;
}

const NAME = new RegExp(`^(?<attempt>\\d+)-(?<step>${STEPS.join('|')})(?:-(?<round>\\d+))?$`);

function order(folder: StepFolder): number[] {
  return [folder.attempt, STEPS.indexOf(folder.step), folder.round];
}

function byTime(a: StepFolder, b: StepFolder): number {
  const right = order(b);
  return order(a).reduce((sum, value, index) => sum || value - (right[index] ?? 0), 0);
}

/** In the order in which they are done. */
export async function listSteps(layout: Layout, uid: string): Promise<StepFolder[]> {
  if (uid === '') return [];
  let names: string[];
  try {
    names = await readdir(layout.stagesDir(uid));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
  return names
    .flatMap((name): StepFolder[] => {
      const { attempt, step, round } = NAME.exec(name)?.groups ?? {};
      if (attempt === undefined || step === undefined) return [];
      return [
        {
          attempt: Number(attempt),
          step: step as StepName,
          round: Number(round ?? 1),
          folder: join(layout.stagesDir(uid), name),
        },
      ];
    })
    .sort(byTime);
}

async function readJson(file: string): Promise<unknown> {
  const text = await readIfThere(file);
  return text === null ? null : jsonOf(text);
}

/** True where the step left anything but a good result: what `logs --failed` shows. */
export async function isFailedStep(step: StepFolder): Promise<boolean> {
  const stopped = StageStopped.safeParse(await readJson(join(step.folder, 'stopped.json')));
  if (stopped.success) return true;
  const result = await readJson(join(step.folder, 'result.json'));
  if (result === null) return false;
  const parsed = StageResult.safeParse(result);
  return !parsed.success || !['passed', 'skipped'].includes(parsed.data.outcome);
}

/** Null where the run left no `results.json`, or one of another shape, from another cc-ci. */
export async function readResults(layout: Layout, uid: string): Promise<RunResults | null> {
  const found = uid === '' ? null : await readJson(join(layout.runDir(uid), 'results.json'));
  return RunResults.safeParse(found).data ?? null;
}

/** Null where the step has no result, or none that can be read. */
export async function resultIn(step: Pick<StepFolder, 'folder'>): Promise<StageResult | null> {
  return StageResult.safeParse(await readJson(join(step.folder, 'result.json'))).data ?? null;
}

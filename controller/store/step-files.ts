/** The files of one step: what was asked, who claimed it, how it ended. Read by the controller, written by the stage process. */
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { SecretScan } from '../api/secret-scan.ts';
import { StageRequest, StageResult, StageStarted, StageStopped, STEPS, type StepName } from '../api/stage.ts';
import { messageOf } from '../runtime/errors.ts';
import { createAtomic, readIfThere, writeAtomic } from './atomic.ts';
import { exists, namesIn } from './exists.ts';

export interface StepFiles {
  readonly request: StageRequest | null;
  readonly started: StageStarted | null;
  readonly stopped: StageStopped | null;
  readonly result: StageResult | null;
  /** Of a teardown that looked for secrets in the run's files. */
  readonly scan: SecretScan | null;
  /** What could not be read, or ''. */
  readonly problem: string;
}

const FILES = {
  request: 'request.json',
  started: 'started.json',
  stopped: 'stopped.json',
  result: 'result.json',
  scan: 'scan.json',
} as const;

async function readJson<T>(
  file: string,
  schema: z.ZodType<T>,
): Promise<{ value: T | null; problem: string }> {
  const text = await readIfThere(file);
  if (text === null) return { value: null, problem: '' };
  try {
    return { value: schema.parse(JSON.parse(text)), problem: '' };
  } catch (error) {
    return { value: null, problem: `${file} cannot be read: ${messageOf(error).slice(0, 200)}` };
  }
}

/** The result first, because it is written last: with it, all that was written before it is seen too. */
export async function readStepFiles(dir: string): Promise<StepFiles> {
  const result = await readJson(join(dir, FILES.result), StageResult);
  const [request, started, stopped, scan] = await Promise.all([
    readJson(join(dir, FILES.request), StageRequest),
    readJson(join(dir, FILES.started), StageStarted),
    readJson(join(dir, FILES.stopped), StageStopped),
    readJson(join(dir, FILES.scan), SecretScan),
  ]);
  const problem = [request, started, stopped, result, scan]
    .map((each) => each.problem)
    .filter((each) => each !== '')
    .join('; ');
  return {
    request: request.value,
    started: started.value,
    stopped: stopped.value,
    result: result.value,
    scan: scan.value,
    problem,
  };
}

/** Null where the step left none, or none that can be read. */
export async function readResult(dir: string): Promise<StageResult | null> {
  return (await readJson(join(dir, FILES.result), StageResult)).value;
}

export interface StepDir {
  readonly name: string;
  readonly attempt: number;
  readonly step: StepName;
  readonly round: number;
}

const DIR = new RegExp(`^(?<attempt>\\d+)-(?<step>${STEPS.join('|')})(?:-(?<round>\\d+))?$`);

/** In the order in which they are done. */
export async function listStepDirs(stagesDir: string): Promise<StepDir[]> {
  const dirs = (await namesIn(stagesDir)).flatMap((name): StepDir[] => {
    const { attempt, step, round } = DIR.exec(name)?.groups ?? {};
    if (attempt === undefined || step === undefined) return [];
    return [{ name, attempt: Number(attempt), step: step as StepName, round: Number(round ?? 1) }];
  });
  return dirs.sort(
    (a, b) => a.attempt - b.attempt || STEPS.indexOf(a.step) - STEPS.indexOf(b.step) || a.round - b.round,
  );
}

/** True where the step left anything but a good result. */
export function isFailedStep({ stopped, result, problem }: StepFiles): boolean {
  if (stopped !== null) return true;
  return result === null ? problem !== '' : !['passed', 'skipped'].includes(result.outcome);
}

export async function writeRequest(dir: string, request: StageRequest): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeAtomic(join(dir, FILES.request), `${JSON.stringify(request, null, 1)}\n`);
}

/** False if another process holds the step already. */
export async function claim(dir: string, started: StageStarted): Promise<boolean> {
  return createAtomic(join(dir, FILES.started), `${JSON.stringify(started)}\n`);
}

/** Without reading it: who starts a process looks often. */
export async function isClaimed(dir: string): Promise<boolean> {
  return exists(join(dir, FILES.started));
}

export async function writeStopped(dir: string, stopped: StageStopped): Promise<void> {
  await writeAtomic(join(dir, FILES.stopped), `${JSON.stringify(stopped)}\n`);
}

export async function writeResult(dir: string, result: StageResult): Promise<void> {
  await writeAtomic(join(dir, FILES.result), `${JSON.stringify(result, null, 1)}\n`);
}

export async function writeScan(dir: string, scan: SecretScan): Promise<void> {
  await writeAtomic(join(dir, FILES.scan), `${JSON.stringify(scan, null, 1)}\n`);
}

/** Wakes the informer. The content is of no meaning. A hint that cannot be given is dropped: the resync finds what it would have told. */
export async function touchSignal(file: string, now: Date): Promise<void> {
  try {
    await utimes(file, now, now);
  } catch {
    await writeFile(file, '').catch(() => undefined);
  }
}

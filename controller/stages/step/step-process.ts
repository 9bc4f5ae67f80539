/** The life of a stage's process: claim the step, run, leave a result. What it runs is the caller's. */
import { basename } from 'node:path';
import type { StageRequest, StageResult, StageStarted } from '../../api/stage.ts';
import type { LimitPut } from '../../api/resources.ts';
import type { Clock } from '../../ports.ts';
import { startTimeOf } from '../../runtime/process.ts';
import { makeLayout } from '../../store/layout.ts';
import { withCause, runToReport, type StageReport } from './report.ts';
import { openStageLog, type StageLog } from './stage-log.ts';
import { logFile } from '../../store/log-files.ts';
import { claim, readStepFiles, touchSignal, writeResult } from '../../store/step-files.ts';

export interface Running {
  readonly request: StageRequest;
  readonly log: StageLog;
  /** Aborted when the step is stopped. */
  readonly signal: AbortSignal;
  /** Filled while the step goes on. */
  readonly substeps: StageResult['substeps'];
  /** Likewise. */
  readonly limits: LimitPut[];
}

export interface StepProcess {
  /** The step's folder, which holds request.json. */
  readonly dir: string;
  readonly stateDir: string;
  readonly clock: Clock;
  readonly run: (running: Running) => Promise<StageReport>;
}

/** Ends the process. Returns only if another one holds the step already. */
export async function runStepProcess({ dir, stateDir, clock, run }: StepProcess): Promise<void> {
  const { request, problem } = await readStepFiles(dir);
  if (request === null) throw new Error(`${dir} holds no readable request.json. ${problem}`);
  const startedAt = clock.now();
  if (!(await claim(dir, await startOf(request, startedAt, clock)))) return;

  const signalFile = makeLayout(stateDir).signalFile(request.run);
  await touchSignal(signalFile, startedAt);
  const log = openStageLog(logFile(dir), clock);
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort(new Error('The step was stopped.')));
  const substeps: StageResult['substeps'] = [];
  const limits: LimitPut[] = [];
  log.say(`${basename(dir)} of ${request.run} starts`);
  const running: Running = { request, log, signal: stop.signal, substeps, limits };
  const report = withCause(await runToReport(() => run(running), log));
  // Who stopped us has written why; a result of ours would hide it.
  if (await isStopped(stop.signal, dir)) process.exit(143);

  const finishedAt = clock.now();
  log.say(
    `${request.step} ${report.outcome}: ${report.message}`,
    report.outcome === 'passed' ? 'info' : 'error',
  );
  log.close();
  const result = {
    ...report,
    step: request.step,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    substeps,
    ...(limits.length > 0 ? { limits } : {}),
    tests: [...(report.tests ?? [])],
    data: report.data ?? null,
    resources: report.resources ?? null,
    // A program reports what its own step finds.
  } as StageResult;
  await writeResult(dir, redacted(result, log));
  await touchSignal(signalFile, finishedAt);
  // Nothing that a program left open may keep the process, and with it the run's cleanliness, waiting.
  process.exit(0);
}

async function startOf({ limitMs }: StageRequest, startedAt: Date, clock: Clock): Promise<StageStarted> {
  return {
    pid: process.pid,
    startTime: (await startTimeOf(process.pid)) ?? '',
    startedAt: startedAt.toISOString(),
    deadline: new Date(startedAt.getTime() + limitMs).toISOString(),
    steady: clock.steady?.(),
  };
}

/** Also where the word has not reached us yet, and only ended what we worked with. */
async function isStopped(signal: AbortSignal, dir: string): Promise<boolean> {
  return signal.aborted || (await readStepFiles(dir)).stopped !== null;
}

/** Strings are redacted one by one: over the JSON text a secret with a quote in it would not be found. */
function redacted(result: StageResult, log: StageLog): StageResult {
  return JSON.parse(
    JSON.stringify(result, (_key, value: unknown) => (typeof value === 'string' ? log.redact(value) : value)),
  ) as StageResult;
}

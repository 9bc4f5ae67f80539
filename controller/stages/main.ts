/** A stage's process: claims its step, runs its program, leaves a result. Started detached by the runner with the step's folder. */
import { basename, join } from 'node:path';
import { makeAbra } from '../abra/driver.ts';
import { resolveAbraBin } from '../abra/resolve.ts';
import type { StageRequest, StageResult, StepName } from '../api/stage.ts';
import { type Config, readConfig, ROOT } from '../config.ts';
import { systemClock } from '../runtime/clock.ts';
import { messageOf, Terminal } from '../runtime/errors.ts';
import { startTimeOf } from '../runtime/process.ts';
import { makeLayout } from '../store/layout.ts';
import { makeSwarm } from '../swarm/docker.ts';
import { readSidecar, sidecarFile, type StageContext, type StageProgram, waiterOf } from './context.ts';
import { makeProber } from './probe.ts';
import { reportOf, StageFailure, type StageReport } from './report.ts';
import { openStageLog, type StageLog } from './stage-log.ts';
import { claim, readStepFiles, touchSignal, writeResult } from './step-files.ts';

const clock = systemClock;

/** Loaded when it is its turn: a teardown needs no browser. A step without a program cannot be judged. */
const PROGRAMS: Readonly<Partial<Record<StepName, () => Promise<StageProgram>>>> = {
  prepare: async () => (await import('./prepare.ts')).prepare,
  install: async () => (await import('./install.ts')).install,
  evidence: async () => (await import('./evidence.ts')).evidence,
  teardown: async () => (await import('./teardown.ts')).teardown,
};

const notAvailable: StageProgram = ({ request }) =>
  Promise.resolve({
    outcome: 'unverified',
    message: `This version of cc-ci cannot judge the stage "${request.step}" yet.`,
  });

async function main(dir: string): Promise<void> {
  const config = readConfig();
  const { request } = await readStepFiles(dir);
  if (request === null) throw new Error(`${dir} holds no readable request.json.`);
  const startedAt = clock.now();
  const deadline = new Date(startedAt.getTime() + request.limitMs);
  const startTime = (await startTimeOf(process.pid)) ?? '';
  // Somebody else holds the step: then it is in good hands.
  if (
    !(await claim(dir, {
      pid: process.pid,
      startTime,
      startedAt: startedAt.toISOString(),
      deadline: deadline.toISOString(),
    }))
  )
    return;

  const layout = makeLayout(config.stateDir);
  await touchSignal(layout.signalFile(request.run), startedAt);
  const log = openStageLog(join(dir, 'log.ndjson'), clock);
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort(new Error('The step was stopped.')));
  const substeps: StageResult['substeps'] = [];
  log.say(`${basename(dir)} of ${request.run} starts`);
  const report = await run({ config, request, log, signal: stop.signal, substeps });
  // Who stopped us has written why; a result of ours would hide it.
  if (stop.signal.aborted) process.exit(143);
  const finishedAt = clock.now();
  log.say(
    `${request.step} ${report.outcome}: ${report.message}`,
    report.outcome === 'passed' ? 'info' : 'error',
  );
  log.close();
  const result = {
    step: request.step,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    substeps,
    ...report,
    tests: [...(report.tests ?? [])],
    data: report.data ?? {},
  };
  await writeResult(dir, JSON.parse(log.redact(JSON.stringify(result))) as StageResult);
  await touchSignal(layout.signalFile(request.run), finishedAt);
  // Nothing that a program left open may keep the process, and with it the run's cleanliness, waiting.
  process.exit(0);
}

interface Running {
  readonly config: Config;
  readonly request: StageRequest;
  readonly log: StageLog;
  readonly signal: AbortSignal;
  readonly substeps: StageResult['substeps'];
}

async function run(running: Running): Promise<StageReport> {
  try {
    const program = await (PROGRAMS[running.request.step]?.() ?? Promise.resolve(notAvailable));
    return await program(await contextOf(running));
  } catch (error) {
    if (error instanceof StageFailure) return reportOf(error);
    running.log.say(error instanceof Error ? (error.stack ?? error.message) : String(error), 'error');
    const reason = error instanceof Terminal ? error.reason : 'Internal';
    return { outcome: 'errored', message: messageOf(error), cause: { reason, message: messageOf(error) } };
  }
}

async function contextOf({ config, request, log, signal, substeps }: Running): Promise<StageContext> {
  const layout = makeLayout(config.stateDir);
  const abraDir = layout.abraDir(request.uid);
  const sidecar = sidecarFile(layout, request.uid);
  log.hide(Object.values(await readSidecar(sidecar)));
  const { bin, kind } = await resolveAbraBin(config.abraBin, {
    path: config.baseEnv['PATH'] ?? '',
    builtin: join(ROOT, 'bin', 'abra-builtin'),
  });
  const say = log.from('abra');
  const env = config.baseEnv;
  return {
    request,
    config,
    layout,
    clock,
    log,
    signal,
    swarm: makeSwarm({ dockerHost: config.dockerHost }),
    abra: makeAbra({
      bin,
      kind,
      abraDir,
      dockerHost: config.dockerHost,
      env: { ...env, CCCI_RESOLVE_IMAGE: config.resolveImage },
      signal,
      onLine: (_stream, line) => say(line),
    }),
    prober: makeProber({ address: config.proxyAddress, caFile: config.caFile }),
    checkout: join(abraDir, 'recipes', request.recipe),
    artifacts: layout.artifactsDir(request.uid),
    sidecar,
    env,
    substep: async (name, work) => {
      const began = performance.now();
      log.say(`- ${name}`);
      try {
        return await work();
      } finally {
        substeps.push({ name, seconds: Math.round((performance.now() - began) / 10) / 100 });
      }
    },
    wait: waiterOf(signal),
  };
}

const [, , dir] = process.argv;
if (dir === undefined) throw new Error('usage: stages/main.ts <step folder>');
await main(dir);

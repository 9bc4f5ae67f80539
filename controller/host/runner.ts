/** Starts, inspects and stops stage processes. A stage outlives the controller; what is known of it stands in its files. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StageRequest, StageStarted, StageStopped, StepState } from '../api/stage.ts';
import { likelyNext } from '../domain/run/work.ts';
import type { Clock, Stages, StepSeen } from '../ports.ts';
import { steadySpan } from '../runtime/clock.ts';
import { isAlive } from '../runtime/process.ts';
import { removeAsides } from '../store/atomic.ts';
import { type Layout, stepDirName } from '../store/layout.ts';
import { ensureLocalAbsent, localLeftovers, localOwners } from './local-leftovers.ts';
import { endMarked, markedProcesses, markOf } from './marked-processes.ts';
import { makeSpawner } from './spawner.ts';
import {
  listStepDirs,
  readStepFiles,
  type StepDir,
  type StepFiles,
  writeRequest,
  writeStopped,
} from '../store/step-files.ts';

export interface RunnerDeps {
  readonly layout: Layout;
  readonly clock: Clock;
  /** Tells this installation's processes from another's on the same machine. */
  readonly installation: string;
  /** Executable and first arguments of a stage process; the step's folder is added, and `--when-told` for one that is to wait. */
  readonly program: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** Called with the run's name when a process that this controller started has ended. */
  readonly onExit: (run: string) => void;
  readonly afterWrite?: (what: string) => void;
}

export function makeStages(deps: RunnerDeps): Stages {
  const wrote = deps.afterWrite ?? ((): void => undefined);
  const spawner = makeSpawner(deps);
  return {
    inspect: async (uid) => {
      const dirs = await listStepDirs(deps.layout.stagesDir(uid));
      return Promise.all(dirs.map((dir) => inspectStep(deps, uid, dir)));
    },
    start: async (request) => {
      const dir = deps.layout.stepDir(request.uid, request);
      await endEarlier(deps, request.uid, stepDirName(request));
      await thinOut(deps.layout, request);
      await mkdir(deps.layout.artifactsDir(request.uid), { recursive: true });
      await writeRequest(dir, request);
      wrote(`request ${request.run} ${request.step}`);
      await spawner.run(request);
      const step = likelyNext(request.stages, request.step);
      if (step !== null) await spawner.prepare({ ...request, step, round: 1 });
    },
    stop: async ({ uid, seen }, reason) => {
      const dir = deps.layout.stepDir(uid, seen);
      // The first reason stays; a step that cannot be ended is tried again, and that costs no write.
      const { stopped, started } = await readStepFiles(dir);
      if (stopped === null) {
        const at = deps.clock.now().toISOString();
        await writeStopped(dir, {
          reason,
          at,
          ...(reason === 'overdue' ? limitOf(started, deps.clock) : {}),
        });
        wrote(`stopped ${uid} ${seen.step}`);
      }
      // With the one that waits for the next step: that does not come.
      await endMarked(`${deps.installation}/${uid}`);
      await requireEnded(dir);
    },
    leftovers: async (uid) => localLeftovers(deps, uid),
    owners: async () => localOwners(deps.layout, deps.installation),
    ensureLocalAbsent: async (uid) => ensureLocalAbsent(deps, uid),
  };
}

/** A process that is not found by its mark is alive all the same, and nothing may be done over its head. */
async function requireEnded(dir: string): Promise<void> {
  const { started } = await readStepFiles(dir);
  if (started === null || !(await isAlive(started))) return;
  throw new Error(
    `Process ${started.pid} of the step in ${dir} lives on after it was stopped: it does not bear the mark of this installation, or cannot be looked at. Was installation.key replaced, or the controller started as another user? End the process; it is tried again by itself.`,
  );
}

/** A step that died may have left programs that still work on the app, and the next would race with them; and files half written. */
async function endEarlier({ installation, layout }: RunnerDeps, uid: string, name: string): Promise<void> {
  const own = markOf(installation, uid, name);
  const left = (await markedProcesses(`${installation}/${uid}`)).map((each) => each.mark);
  for (const mark of new Set(left)) if (mark !== own && !mark.startsWith(`${own}/`)) await endMarked(mark);
  const stagesDir = layout.stagesDir(uid);
  for (const dir of await listStepDirs(stagesDir))
    if (dir.name !== name) await removeAsides(join(stagesDir, dir.name));
}

/** Of rounds that a teardown makes for days, the first and the last say all there is to say. */
const FIRST_ROUNDS = 4;
const LAST_ROUNDS = 6;

/** Removes the rounds between; one whose look found a secret, or could not judge, stays, because that is part of the verdict. */
async function thinOut(
  layout: Layout,
  { uid, attempt, step, round }: Pick<StageRequest, 'uid' | 'attempt' | 'step' | 'round'>,
): Promise<void> {
  if (step !== 'teardown') return;
  const isBetween = (dir: StepDir): boolean =>
    dir.step === step &&
    dir.attempt === attempt &&
    dir.round > FIRST_ROUNDS &&
    dir.round <= round - LAST_ROUNDS;
  for (const dir of (await listStepDirs(layout.stagesDir(uid))).filter(isBetween)) {
    const path = join(layout.stagesDir(uid), dir.name);
    const { scan, result } = await readStepFiles(path);
    const isTelling = scan !== null && (!scan.clean || scan.leaks.length > 0);
    if (!isTelling && result?.outcome !== 'errored') await rm(path, { recursive: true, force: true });
  }
}

async function inspectStep(deps: RunnerDeps, uid: string, dir: StepDir): Promise<StepSeen> {
  const stepDir = join(deps.layout.stagesDir(uid), dir.name);
  const seen = await readStepFiles(stepDir);
  const isOpen = seen.started !== null && seen.result === null;
  const alive = isOpen && (await isAlive(seen.started));
  // It may have written its result and ended meanwhile: the dead write nothing more.
  const files = isOpen && !alive ? await readStepFiles(stepDir) : seen;
  const state = stateOf(files, alive, deps.clock);
  return {
    step: dir.step,
    attempt: dir.attempt,
    round: dir.round,
    state,
    startedAt: files.started === null ? null : new Date(files.started.startedAt),
    deadline: files.started === null ? null : new Date(files.started.deadline),
    finishedAt: finishedAtOf(files),
    result: files.result,
    scan: files.scan,
    stopReason: files.stopped?.reason ?? null,
    stopLimit: files.stopped?.limit,
    problem: files.problem,
  };
}

function finishedAtOf(files: StepFiles): Date | null {
  const at = files.result?.finishedAt ?? files.stopped?.at;
  return at === undefined ? null : new Date(at);
}

/** The process's own result first; then our reason for ending it; then whether it lives. */
function stateOf(files: StepFiles, alive: boolean, clock: Clock): StepState {
  if (files.result !== null) return files.result.outcome;
  if (files.stopped !== null) return alive ? 'overdue' : 'stopped';
  if (files.started === null) return files.problem === '' ? 'absent' : 'lost';
  if (!alive) return 'lost';
  return isOverdue(files.started, clock) ? 'overdue' : 'running';
}

/** A step that is ended before its own limit is ended at that of its run. */
function limitOf(started: StageStarted | null, clock: Clock): Pick<StageStopped, 'limit'> {
  return { limit: started === null || isOverdue(started, clock) ? 'step' : 'run' };
}

/** By what it has worked, where that is known: the wall clock may have been set since, or the machine have slept. */
function isOverdue({ startedAt, deadline, steady }: StageStarted, clock: Clock): boolean {
  const limitMs = Date.parse(deadline) - Date.parse(startedAt);
  const worked = steadySpan(steady, clock.steady?.());
  return worked === null ? clock.now().getTime() > Date.parse(deadline) : worked > limitMs;
}

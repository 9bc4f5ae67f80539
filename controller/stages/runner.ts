/** Starts, inspects and stops stage processes. A stage outlives the controller; what is known of it stands in its files. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import type { StepState } from '../api/stage.ts';
import type { Clock, Stages, StepSeen } from '../ports.ts';
import { isAlive } from '../runtime/process.ts';
import { type Layout, stepDirName } from '../store/layout.ts';
import { ensureLocalAbsent, localLeftovers, localOwners } from './local.ts';
import { endMarked, MARK_VARIABLE, markedProcesses, markOf } from './marks.ts';
import {
  listStepDirs,
  readStepFiles,
  type StepDir,
  type StepFiles,
  writeRequest,
  writeStopped,
} from './step-files.ts';

export interface RunnerDeps {
  readonly layout: Layout;
  readonly clock: Clock;
  /** Tells this installation's processes from another's on the same machine. */
  readonly installation: string;
  /** Executable and first arguments of a stage process; the step's folder is added. */
  readonly program: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** Called with the run's name when a process that this controller started has ended. */
  readonly onExit: (run: string) => void;
  readonly afterWrite?: (what: string) => void;
}

/** How long a process may take from its start to its claim: Node starts in 0.1 s, a loaded machine takes longer. */
const CLAIM_MS = 20_000;
const LOOK_MS = 15;

export function makeStages(deps: RunnerDeps): Stages {
  const wrote = deps.afterWrite ?? ((): void => undefined);
  return {
    inspect: async (uid) => {
      const dirs = await listStepDirs(deps.layout.stagesDir(uid));
      return Promise.all(dirs.map((dir) => inspectStep(deps, uid, dir)));
    },
    start: async (request) => {
      const dir = deps.layout.stepDir(request.uid, request);
      await endEarlier(deps.installation, request.uid, stepDirName(request));
      await mkdir(deps.layout.artifactsDir(request.uid), { recursive: true });
      await writeRequest(dir, request);
      wrote(`request ${request.run} ${request.step}`);
      await spawnStep(deps, { dir, uid: request.uid, run: request.run, name: stepDirName(request) });
    },
    stop: async ({ uid, seen }, reason) => {
      const dir = deps.layout.stepDir(uid, seen);
      await writeStopped(dir, { reason, at: deps.clock.now().toISOString() });
      wrote(`stopped ${uid} ${seen.step}`);
      await endMarked(markOf(deps.installation, uid, stepDirName(seen)));
    },
    leftovers: async (uid) => localLeftovers(deps, uid),
    owners: async () => localOwners(deps.layout, deps.installation),
    ensureLocalAbsent: async (uid) => ensureLocalAbsent(deps, uid),
  };
}

/** A step that died may have left programs that still work on the app, and the next would race with them. */
async function endEarlier(installation: string, uid: string, name: string): Promise<void> {
  const own = markOf(installation, uid, name);
  const left = (await markedProcesses(`${installation}/${uid}`)).map((each) => each.mark);
  for (const mark of new Set(left)) if (mark !== own && !mark.startsWith(`${own}/`)) await endMarked(mark);
}

async function inspectStep(deps: RunnerDeps, uid: string, dir: StepDir): Promise<StepSeen> {
  const files = await readStepFiles(join(deps.layout.stagesDir(uid), dir.name));
  const state = await stateOf(files, deps.clock.now());
  return {
    step: dir.step,
    attempt: dir.attempt,
    round: dir.round,
    state,
    startedAt: files.started === null ? null : new Date(files.started.startedAt),
    deadline: files.started === null ? null : new Date(files.started.deadline),
    finishedAt: finishedAtOf(files),
    result: files.result,
    stopReason: files.stopped?.reason ?? null,
    problem: files.problem,
  };
}

function finishedAtOf(files: StepFiles): Date | null {
  const at = files.result?.finishedAt ?? files.stopped?.at;
  return at === undefined ? null : new Date(at);
}

/** The process's own result first; then our reason for ending it; then whether it lives. */
async function stateOf(files: StepFiles, now: Date): Promise<StepState> {
  if (files.result !== null) return files.result.outcome;
  const alive = files.started !== null && (await isAlive(files.started));
  if (files.stopped !== null) return alive ? 'overdue' : 'stopped';
  if (files.started === null) return files.problem === '' ? 'absent' : 'lost';
  if (!alive) return 'lost';
  return now.getTime() > new Date(files.started.deadline).getTime() ? 'overdue' : 'running';
}

async function spawnStep(
  deps: RunnerDeps,
  step: { dir: string; uid: string; run: string; name: string },
): Promise<void> {
  // A stream over an opened file: execa hands its descriptor to the child, so the output survives this process.
  const output = createWriteStream(join(step.dir, 'output.log'), { flags: 'a', mode: 0o600 });
  await once(output, 'open');
  try {
    const [file, ...args] = deps.program;
    const child = execa(file, [...args, step.dir], {
      cwd: step.dir,
      env: { ...deps.env, [MARK_VARIABLE]: markOf(deps.installation, step.uid, step.name) },
      extendEnv: false,
      detached: true,
      cleanup: false,
      reject: false,
      buffer: false,
      stdin: 'ignore',
      stdout: output,
      stderr: output,
    } as const);
    let ended: string | null = null;
    const told = async (): Promise<void> => {
      const result = await child;
      ended = result.failed ? (result.shortMessage ?? 'it failed') : 'it ended';
      deps.onExit(step.run);
    };
    void told();
    child.nodeChildProcess.unref();
    await waitForClaim(step.dir, () => ended);
  } finally {
    output.destroy();
  }
}

async function waitForClaim(dir: string, ended: () => string | null): Promise<void> {
  const until = performance.now() + CLAIM_MS;
  for (;;) {
    const { started } = await readStepFiles(dir);
    if (started !== null) return;
    const why = ended();
    if (why !== null)
      throw new Error(
        `A stage process ended before it claimed its step (${why}); see ${join(dir, 'output.log')}.`,
      );
    if (performance.now() > until)
      throw new Error(
        `A stage process did not claim its step within ${CLAIM_MS / 1000} s; see ${join(dir, 'output.log')}.`,
      );
    await delay(LOOK_MS);
  }
}

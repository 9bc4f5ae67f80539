/**
 * Stage processes, and the one that is most likely next: it is started early, loads its modules, and waits to be told,
 * so that a run does not wait 0.15 s for each of its steps. It bears the mark of its step from the start, and ends when
 * this process does, or when another step is started.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { StageRequest } from '../api/stage.ts';
import { until, within } from '../runtime/until.ts';
import { type Layout, stepDirName } from '../store/layout.ts';
import { MARK_VARIABLE, markOf } from './marked-processes.ts';
import { isClaimed } from '../store/step-files.ts';
import { GO, WHEN_TOLD } from './when-told.ts';

export interface SpawnDeps {
  readonly layout: Layout;
  readonly installation: string;
  readonly program: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly onExit: (run: string) => void;
}

type Step = Pick<StageRequest, 'run' | 'uid' | 'attempt' | 'step' | 'round'>;

export interface Spawner {
  /** Resolves when the process has claimed its step. */
  run(step: Step): Promise<void>;
  /** Starts the process of a step that may come. One that fails is no loss: `run` starts another. */
  prepare(step: Step): Promise<void>;
}

interface Child {
  readonly dir: string;
  readonly output: string;
  /** How it ended, or null. */
  readonly ended: () => string | null;
  readonly tell: () => void;
}

/** How long a process may take from its start to its claim: Node starts in 0.1 s, a loaded machine takes longer. */
const CLAIM_MS = 20_000;
/** A reconcile waits for it. */
const CLAIM_LOOK_MS = 5;

export function makeSpawner(deps: SpawnDeps): Spawner {
  const { layout } = deps;
  const waiting = new Map<string, Promise<Child>>();
  return {
    run: async (step) => {
      const early = waiting.get(step.uid);
      waiting.delete(step.uid);
      if (early !== undefined && (await takes(early, layout.stepDir(step.uid, step)))) return;
      const output = join(layout.stepDir(step.uid, step), 'output.log');
      const child = await spawn(deps, step, { output, waits: false });
      if (!(await claims(child)))
        throw new Error(
          `A stage process ended before it claimed its step (${child.ended()}); see ${child.output}.`,
        );
    },
    prepare: async (step) => {
      await mkdir(layout.stagesDir(step.uid), { recursive: true });
      if (waiting.has(step.uid)) return;
      // Beside the step's folder: a step that may never come has none.
      const output = `${layout.stepDir(step.uid, step)}.output.log`;
      const child = spawn(deps, step, { output, waits: true });
      waiting.set(step.uid, child);
      await child;
    },
  };
}

/** True if the one that waits took the step. It may be another step's, and has been ended then, or have died. */
async function takes(waiting: Promise<Child>, dir: string): Promise<boolean> {
  const child = await waiting;
  if (child.dir !== dir || child.ended() !== null) {
    await rm(child.output, { force: true });
    return false;
  }
  await rename(child.output, join(dir, 'output.log'));
  child.tell();
  return claims(child);
}

async function spawn(
  deps: SpawnDeps,
  step: Step,
  { output, waits }: { output: string; waits: boolean },
): Promise<Child> {
  const dir = deps.layout.stepDir(step.uid, step);
  const mark = markOf(deps.installation, step.uid, stepDirName(step));
  // A stream over an opened file: execa hands its descriptor to the child, so the output survives this process.
  const stream = createWriteStream(output, { flags: 'a', mode: 0o600 });
  await once(stream, 'open');
  try {
    const [file, ...args] = deps.program;
    const child = execa(file, [...args, dir, ...(waits ? [WHEN_TOLD] : [])], {
      cwd: deps.layout.stagesDir(step.uid),
      env: { ...deps.env, [MARK_VARIABLE]: mark },
      extendEnv: false,
      detached: true,
      cleanup: false,
      reject: false,
      buffer: false,
      stdin: waits ? 'pipe' : 'ignore',
      stdout: stream,
      stderr: stream,
    } as const);
    let isWaiting = waits;
    let ended: string | null = null;
    const watch = async (): Promise<void> => {
      const result = await child;
      ended = result.failed ? (result.shortMessage ?? 'it failed') : 'it ended';
      if (!isWaiting) deps.onExit(step.run);
    };
    void watch();
    child.nodeChildProcess.unref();
    const tell = (): void => {
      isWaiting = false;
      child.stdin?.end(GO);
    };
    return { dir, output, ended: () => ended, tell };
  } finally {
    stream.destroy();
  }
}

/** False if the process ended without a claim. */
async function claims({ dir, output, ended }: Child): Promise<boolean> {
  const claimOf = (claimed: boolean): boolean | undefined => {
    if (claimed) return true;
    return ended() === null ? undefined : false;
  };
  return until(() => isClaimed(dir), claimOf, {
    ...within(CLAIM_MS),
    every: CLAIM_LOOK_MS,
    late: () => {
      throw new Error(`A stage process did not claim its step within ${CLAIM_MS / 1000} s; see ${output}.`);
    },
  });
}

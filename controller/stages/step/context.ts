/** What a stage's program gets to work with: the app, the tools, the step, and what earlier steps found. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  dataOf,
  type ResultOf,
  resultOf,
  type StageRequest,
  type StageResult,
  type StepName,
  STEPS,
} from '../../api/stage.ts';
import type { DeployerInfo, PreparedData } from '../../api/stage-data.ts';
import type { LimitPut } from '../../api/resources.ts';
import type { Abra } from '../../abra/driver.ts';
import type { Config } from '../../config.ts';
import type { Clock, SpecReader, Swarm } from '../../ports.ts';
import type { Layout } from '../../store/layout.ts';
import type { Prober } from '../route/probe.ts';
import type { StageReport } from './report.ts';
import type { StageLog } from './stage-log.ts';
import { readResult } from '../../store/step-files.ts';

/** Whose app it is, how it is to be tested, and where its files lie. */
export interface App {
  readonly request: StageRequest;
  readonly config: Config;
  readonly layout: Layout;
  /** The recipe's clone in the run's own ABRA_DIR. */
  readonly checkout: string;
  readonly artifacts: string;
  readonly sidecar: string;
  /** Environment of git and other helpers. */
  readonly env: Readonly<Record<string, string>>;
}

/** What the app is handled with. */
export interface Tools {
  readonly swarm: Swarm;
  /** What swarm was told of each service. */
  readonly specs: SpecReader;
  readonly abra: Abra;
  readonly deployer: DeployerInfo;
  readonly prober: Prober;
}

/** The process that does it: its log, its time, its end. */
export interface Step {
  readonly log: StageLog;
  /** Aborted when the step is stopped. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Times a part of the stage, and shows it in log and result. */
  substep<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Keeps for the result what was put around a deploy's services. */
  limited(put: readonly LimitPut[]): void;
  wait(ms: number): Promise<void>;
}

/** What a program gets; its helpers name what they take of it. */
export interface StageContext extends App, Tools, Step {}

export type StageProgram<S extends StepName> = (
  context: StageContext,
  earlier: Earlier,
) => Promise<StageReport<S>>;

/** What earlier steps of the same attempt left. */
export interface Earlier {
  /** Throws where nothing was prepared: no program but `prepare` and those of the end is started then. */
  prepared(): PreparedData;
  /** Null where the step left no result. */
  of<S extends StepName>(step: S): ResultOf<S> | null;
}

export function earlierOf(results: readonly (StageResult | null)[]): Earlier {
  return {
    prepared: () => {
      const prepared = dataOf(results, 'prepare');
      if (prepared === null) throw new Error('The step "prepare" left no result that can be read.');
      return prepared;
    },
    of: (step) => resultOf(results, step),
  };
}

export async function readEarlier({
  layout,
  request: { uid, attempt },
}: Pick<StageContext, 'layout' | 'request'>): Promise<Earlier> {
  const dirs = STEPS.map((step) => layout.stepDir(uid, { attempt, step, round: 1 }));
  return earlierOf(await Promise.all(dirs.map(readResult)));
}

export function waiterOf(signal: AbortSignal): (ms: number) => Promise<void> {
  return async (ms) => {
    await delay(ms, undefined, { signal });
  };
}

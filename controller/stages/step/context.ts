/** What a stage's program gets to work with. */
import { setTimeout as delay } from 'node:timers/promises';
import type { StageRequest, StageResult, StepName } from '../../api/stage.ts';
import type { DeployerInfo } from '../../api/stage-data.ts';
import type { Abra } from '../../abra/driver.ts';
import type { Config } from '../../config.ts';
import type { Clock, Swarm } from '../../ports.ts';
import type { Layout } from '../../store/layout.ts';
import type { Prober } from '../route/probe.ts';
import type { StageReport } from './report.ts';
import type { StageLog } from './stage-log.ts';
import { readStepFiles } from '../../store/step-files.ts';

export interface StageContext {
  readonly request: StageRequest;
  readonly config: Config;
  readonly layout: Layout;
  readonly clock: Clock;
  readonly log: StageLog;
  /** Aborted when the step is stopped. */
  readonly signal: AbortSignal;
  readonly swarm: Swarm;
  readonly abra: Abra;
  readonly deployer: DeployerInfo;
  readonly prober: Prober;
  /** The recipe's clone in the run's own ABRA_DIR. */
  readonly checkout: string;
  readonly artifacts: string;
  readonly sidecar: string;
  /** Environment of git and other helpers. */
  readonly env: Readonly<Record<string, string>>;
  /** Times a part of the stage, and shows it in log and result. */
  substep<T>(name: string, work: () => Promise<T>): Promise<T>;
  wait(ms: number): Promise<void>;
}

export type StageProgram = (context: StageContext) => Promise<StageReport>;

/** Result of an earlier step of the same attempt, or null. */
export async function resultOf(
  context: Pick<StageContext, 'request' | 'layout'>,
  step: StepName,
): Promise<StageResult | null> {
  const { uid, attempt } = context.request;
  return (await readStepFiles(context.layout.stepDir(uid, { attempt, step, round: 1 }))).result;
}

export function waiterOf(signal: AbortSignal): (ms: number) => Promise<void> {
  return async (ms) => {
    await delay(ms, undefined, { signal });
  };
}

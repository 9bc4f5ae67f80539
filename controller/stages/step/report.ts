/** What a stage reports of how it went, and the errors that become such a report. */
import type { StageResources } from '../../api/resources.ts';
import type { StepData } from '../../api/stage-data.ts';
import type { Cause, StageOutcome, StepName, TestCase } from '../../api/stage.ts';
import { withNextStep } from '../../domain/causes/first-cause.ts';
import { messageOf, Terminal } from '../../runtime/errors.ts';
import type { StageLog } from './stage-log.ts';

/** Of the step `S`; of `never` where nothing is found. */
export interface StageReport<S extends StepName = StepName> {
  readonly outcome: StageOutcome;
  /** One sentence. */
  readonly message: string;
  readonly cause?: Cause;
  readonly tests?: readonly TestCase[];
  /** What the step found. */
  readonly data?: StepData[S];
  /** What was checked out where the step ended before it found more. */
  readonly commit?: string;
  /** What the app used meanwhile. */
  readonly resources?: StageResources;
}

/** Ends a stage early with its first cause. `recipe` is red, `infra` is not judged. */
export class StageFailure extends Error {
  override readonly name = 'StageFailure';
  readonly fault: 'recipe' | 'infra';
  readonly failure: Cause;
  readonly tests: readonly TestCase[];
  constructor(
    fault: 'recipe' | 'infra',
    failure: Cause,
    more: { tests?: readonly TestCase[]; cause?: unknown } = {},
  ) {
    super(failure.message, { cause: more.cause });
    this.fault = fault;
    this.failure = failure;
    this.tests = more.tests ?? [];
  }
}

export function reportOf(failure: StageFailure): StageReport<never> {
  const outcome = failure.fault === 'recipe' ? 'failed' : 'errored';
  return { outcome, message: failure.failure.message, cause: failure.failure, tests: failure.tests };
}

/** For a stage that goes on from the app of another one. */
export function notInstalled(stage: string): StageReport<never> {
  const message = `The stage "${stage}" goes on from an app that "install" deployed: ask for both.`;
  return { outcome: 'unverified', message, cause: { reason: 'NotInstalled', message } };
}

/** What was found until a failure is shown beside its cause. */
export async function withFound<S extends StepName>(
  data: () => StepData[S],
  work: () => Promise<StageReport<S>>,
): Promise<StageReport<S>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StageFailure) return { ...reportOf(error), data: data() };
    throw error;
  }
}

/** With a cause where there has to be one, and a next step in it. */
export function withCause(report: StageReport): StageReport {
  const cause = report.cause ?? (report.outcome === 'unverified' ? unverifiedCause(report) : undefined);
  return cause === undefined ? report : { ...report, cause: withNextStep(cause) };
}

function unverifiedCause({ message, tests = [] }: StageReport): Cause {
  const skipped = tests.map(({ file, name, state }) => `${state}: ${file}: ${name}`);
  return { reason: 'StageUnverified', message, evidence: skipped.join('\n') || message };
}

/** What was thrown, as a report: only a StageFailure can blame the recipe. */
export async function runToReport(
  work: () => Promise<StageReport>,
  log: Pick<StageLog, 'say'>,
): Promise<StageReport> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StageFailure) return reportOf(error);
    log.say(error instanceof Error ? (error.stack ?? error.message) : String(error), 'error');
    const reason = error instanceof Terminal ? error.reason : 'Internal';
    return { outcome: 'errored', message: messageOf(error), cause: { reason, message: messageOf(error) } };
  }
}

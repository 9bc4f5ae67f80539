/** From what the steps left to the verdict and its cause. Pure. */
import type { Cause, StepName } from '../../api/stage.ts';
import type { Verdict } from '../../api/test-run-status.ts';
import type { TestRunBody } from '../../api/test-run.ts';
import type { SecretScan } from '../../api/secret-scan.ts';
import type { StepSeen } from '../../ports.ts';
import { withNextStep } from '../causes/first-cause.ts';
import { isExcused } from '../tests/quarantine.ts';
import { leakCause, NOT_SCANNED } from '../secrets/leaks.ts';
import { cancelledText } from './cancellation.ts';
import { stoodOf } from './level.ts';
import { type Work, workOf } from './work.ts';

export interface Judgement {
  readonly verdict: Verdict;
  readonly reason: string;
  /** One sentence for people. */
  readonly message: string;
  readonly cause: Cause | null;
}

export interface Judged {
  readonly wish: 'run' | 'cancel' | 'delete';
  /** Who cancelled it and why, where the document says so. */
  readonly cancel?: TestRunBody['cancel'];
  readonly expired: boolean;
  readonly planned: readonly StepName[];
  /** The steps of the last attempt. */
  readonly seen: readonly StepSeen[];
  readonly attempts: number;
  /** Looks for secrets, of all attempts. */
  readonly scans: readonly { readonly attempt: number; readonly scan: SecretScan }[];
}

const said = (seen: StepSeen | undefined): string => seen?.result?.message ?? '';

function causeOf(seen: StepSeen | undefined, fallback: Cause): Cause {
  const evidence = said(seen);
  return withNextStep(seen?.result?.cause ?? (evidence === '' ? fallback : { evidence, ...fallback }));
}

function lost(step: StepName, attempts: number, problem: string): Judgement {
  const detail = problem === '' ? 'its process ended without a result' : problem;
  const message = `Not judged: the step "${step}" was lost in attempt ${attempts} (${detail}).`;
  return {
    verdict: 'Errored',
    reason: 'StageLost',
    message,
    cause: {
      reason: 'StageLost',
      message,
      nextStep: 'Look at the log of the step and of the controller, then run again: `ccci-ctl rerun`.',
    },
  };
}

/**
 * What a run that is over is worth. Red is the recipe's fault, Errored is ours, and what was not judged is never green.
 * A secret in what people see is ours. It came last, so that a step that failed before keeps the cause, which is true of the
 * recipe all the same, and the message says both; a run without a cause, passed or cancelled, has this one.
 */
export function judge(run: Judged): Judgement {
  const own = judgeWork(run);
  const leak = leakCause(run.scans.map(({ scan }) => scan));
  if (leak === null) return own.verdict === 'Passed' && !isScanned(run) ? erroredAtEnd(NOT_SCANNED) : own;
  if (own.cause === null || own.cause.reason === 'Leftovers') return erroredAtEnd(leak);
  return { ...own, message: `${own.message} Besides: ${leak.message}` };
}

function isScanned({ scans, attempts }: Judged): boolean {
  return scans.some(({ attempt, scan }) => attempt === attempts && scan.clean);
}

function erroredAtEnd(cause: Cause): Judgement {
  const { reason, message } = cause;
  return {
    verdict: 'Errored',
    reason,
    message: `Errored in teardown: ${message}`,
    cause: withNextStep(cause),
  };
}

/** Lint comes first, and what it found is true whatever came after it; that is said as well. */
function judgeWork(run: Judged): Judgement {
  const { state, step } = workOf(run.planned, run.seen);
  const lint = run.seen.find((each) => each.step === 'lint' && each.state === 'failed');
  const judged = judgeDecider(run, { state, step });
  if (lint === undefined || step === 'lint' || !['failed', 'errored', 'timedout'].includes(state)) return judged;
  const red = judgeDecider(run, { state: 'failed', step: 'lint' });
  return { ...red, message: `${red.message} Besides: ${judged.message}` };
} // oxfmt-ignore

function judgeDecider(run: Judged, { state, step }: Work): Judgement {
  const seen = run.seen.find((each) => each.step === step);
  const where = step ?? 'run';
  switch (state) {
    case 'passed':
      return (
        leftBehind(run) ?? {
          verdict: 'Passed',
          reason: 'AllStagesPassed',
          message: passedText(run),
          cause: null,
        }
      );
    case 'failed': {
      const cause = causeOf(seen, { reason: 'StageFailed', message: `The step "${where}" failed.` });
      return {
        verdict: 'Failed',
        reason: cause.reason,
        message: `Failed in ${where}: ${cause.message}`,
        cause,
      };
    }
    case 'errored': {
      const cause = causeOf(seen, {
        reason: 'StageErrored',
        message: `The step "${where}" could not judge.`,
      });
      return {
        verdict: 'Errored',
        reason: cause.reason,
        message: `Not judged (${where}): ${cause.message}`,
        cause,
      };
    }
    case 'timedout':
      return timedOut(
        seen?.stopLimit === 'run'
          ? `The run took longer than its timeout; the step "${where}" was ended.`
          : `The step "${where}" ran past its limit.`,
      );
    case 'stopped':
      // Whatever the document says by now: we ended it because the run was taken back.
      return cancelled(run);
    case 'unverified': {
      const cause = causeOf(seen, { reason: 'StageUnverified', message: said(seen) });
      return {
        verdict: 'Errored',
        reason: cause.reason,
        message: `Not judged: ${where}: ${said(seen)}`,
        cause,
      };
    }
    default:
      return run.wish === 'run' && !run.expired
        ? lost(where as StepName, run.attempts, seen?.problem ?? '')
        : unwanted(run);
  }
}

/** A declared skip is no pass, and is said. */
function passedText({ planned, seen }: Judged): string {
  const skipped = seen.filter(({ state }) => state === 'skipped');
  const names = new Set<StepName>(skipped.map(({ step }) => step));
  const passed = planned.slice(1).filter((step) => !names.has(step));
  const also = skipped.map((each) => ` Skipped: ${each.step} (${said(each)})`).join('');
  return `Passed: ${passed.join(', ') || 'nothing'}.${also}${superficialIn(seen)}${excusedIn(seen)}`;
}

/** Green where nothing but an answer was judged says so. */
function superficialIn(seen: readonly StepSeen[]): string {
  const steps = seen.filter((step) => stoodOf(step).superficial);
  return steps.length === 0 ? '' : ` Superficial: ${steps.map(({ step }) => step).join(', ')}.`;
}

/** Green with tests that failed and did not count says so. */
function excusedIn(seen: readonly StepSeen[]): string {
  const steps = seen.filter(({ result }) => result?.tests.some(isExcused) === true);
  if (steps.length === 0) return '';
  return ` Quarantined tests failed: ${steps.map(({ step }) => step).join(', ')}.`;
}

/** What a teardown could not remove is red, even where every check was green. */
function leftBehind(run: Judged): Judgement | null {
  const failed = run.seen.find((each) => each.step === 'teardown' && each.state === 'failed');
  if (failed === undefined) return null;
  const cause = causeOf(failed, { reason: 'Leftovers', message: 'Teardown left something behind.' });
  return { verdict: 'Failed', reason: cause.reason, message: `Failed in teardown: ${cause.message}`, cause };
}

function timedOut(message: string): Judgement {
  return {
    verdict: 'TimedOut',
    reason: 'Timeout',
    message: `Timed out: ${message}`,
    cause: {
      reason: 'Timeout',
      message,
      nextStep: 'See what the step waited for in its log; raise the limit only if the wait was right.',
    },
  };
}

function unwanted(run: Judged): Judgement {
  return run.wish === 'run' ? timedOut('The run took longer than its timeout.') : cancelled(run);
}

function cancelled({ cancel = true }: Judged): Judgement {
  const message = cancelledText(cancel);
  return { verdict: 'Cancelled', reason: 'Cancelled', message, cause: null };
}

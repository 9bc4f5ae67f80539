/** What tests are worth, whoever wrote and ran them. Pure. */
import type { Quarantined } from '../../api/quarantine.ts';
import type { Cause, StageOutcome, TestCase } from '../../api/stage.ts';
import { counted } from '../text/count.ts';
import { excusedText, isRed } from './quarantine.ts';

/** Tests of a kind, judged together. */
export interface TestsJudged {
  readonly outcome: Extract<StageOutcome, 'passed' | 'failed' | 'errored' | 'unverified'>;
  readonly tests: readonly TestCase[];
  readonly message: string;
  readonly cause: Cause | null;
}

export interface TestsRun {
  /** Marked where they are quarantined. */
  readonly tests: readonly TestCase[];
  /** What is in force. */
  readonly quarantine: readonly Quarantined[];
  /** The first that is red: a test that is not quarantined, or what no test stands for. */
  readonly red: Cause | null;
  /** Why they, or some of them, prove nothing, which is ours; red comes before it. */
  readonly notJudged: Cause | null;
  /** '' or ` of the recipe’s own`. */
  readonly whose: string;
}

/** A quarantined test's failure does not count, and neither does it prove anything: what is left has to pass. */
export function judgeTests({ tests, quarantine, red, notJudged, whose }: TestsRun): TestsJudged {
  const count = (state: TestCase['state']): number => tests.filter((test) => test.state === state).length;
  const excused = excusedText(tests, quarantine);
  const judged = (outcome: TestsJudged['outcome'], cause: Cause | null, message: string): TestsJudged => ({
    outcome,
    tests,
    cause,
    message: [message, excused].filter(Boolean).join(' '),
  });
  if (red !== null) {
    const failed = tests.filter(isRed).length;
    const some = `${failed} of ${counted(tests.length, 'test')}${whose} failed.`;
    return judged('failed', red, failed === 0 ? red.message : some);
  }
  if (notJudged !== null) return judged('errored', notJudged, notJudged.message);
  const skipped = count('skipped') === 0 ? '' : `, ${count('skipped')} skipped`;
  if (count('passed') > 0)
    return judged('passed', null, `${counted(count('passed'), 'test')}${whose} passed${skipped}.`);
  const message =
    excused === ''
      ? `Every test${whose} was skipped.`
      : `No test${whose} passed that could judge${skipped}: nothing is shown by quarantined ones.`;
  return judged('unverified', { reason: 'TestsSkipped', message }, message);
}

const WORST = ['failed', 'errored', 'unverified', 'passed'] as const;

/** Ours and the recipe's as one: the worse outcome, its cause, and every test. */
export function mergeTests(parts: readonly TestsJudged[]): TestsJudged {
  const worst = WORST.map((outcome) => parts.find((part) => part.outcome === outcome)).find(Boolean);
  const message = 'There are no tests.';
  if (worst === undefined) return { outcome: 'unverified', tests: [], message, cause: null };
  return {
    outcome: worst.outcome,
    tests: parts.flatMap(({ tests }) => tests),
    message: parts.map((part) => part.message).join(' '),
    cause: worst.cause,
  };
}

/** What a file of a recipe's own tests is worth, and all of them together. Pure. */
import type { Cause, StageOutcome, TestCase } from '../api/stage.ts';
import type { LocalTestFile } from './local-tests.ts';
import type { Tap } from './tap.ts';

/** How the sandbox around one file ended. */
export interface LocalEnd {
  readonly exitCode: number;
  readonly timedOut: boolean;
  readonly outOfMemory: boolean;
  readonly seconds: number;
  /** Redacted, head and tail. */
  readonly output: string;
  readonly limits: { readonly seconds: number; readonly memoryMib: number };
}

export type LocalTest = Pick<TestCase, 'name' | 'state' | 'durationMs' | 'message'>;

/** What the runner told of its tests; null for a program, which only ends. */
export type LocalReport = { readonly tests: readonly LocalTest[]; readonly problem: string | null } | null;

export interface LocalJudgement {
  readonly tests: readonly TestCase[];
  readonly cause: Cause | null;
}

const MAX_TESTS = 1_000;
const MAX_NAME = 300;
const MAX_MESSAGE = 4_000;
const LAST_LINES = 20;
const NEXT = 'See the log of the stage, and docs/write-recipe-tests.md for what a test is given.';

export function judgeLocalFile(file: LocalTestFile, end: LocalEnd, report: LocalReport): LocalJudgement {
  const told = (report?.tests ?? []).slice(0, MAX_TESTS).map((test) => caseOf(file, test));
  const whole = (state: TestCase['state'], message?: string): TestCase =>
    caseOf(file, {
      name: file.path.slice(file.path.lastIndexOf('/') + 1),
      state,
      durationMs: Math.round(end.seconds * 1_000),
      ...(message === undefined ? {} : { message }),
    });
  const broken = (reason: string, what: string): LocalJudgement => {
    const message = `${file.path} ${what}`;
    const cause: Cause = { reason, message, evidence: lastLines(end.output), nextStep: NEXT };
    return { tests: [...told, whole('failed', `${message}\n${lastLines(end.output)}`.trim())], cause };
  };
  if (end.timedOut) return broken('TestsTimedOut', `did not end within ${end.limits.seconds} s.`);
  if (end.outOfMemory)
    return broken('TestsOutOfMemory', `was ended: it took more than ${end.limits.memoryMib} MiB of memory.`);
  if (report === null)
    return end.exitCode === 0
      ? { tests: [whole('passed')], cause: null }
      : broken('TestFailed', `ended with exit code ${end.exitCode}: ${lastLine(end.output)}`);
  const failed = told.find((test) => test.state === 'failed');
  if (failed !== undefined) return { tests: told, cause: causeOf(failed) };
  const problem = problemOf(end, report);
  return problem === null
    ? { tests: told, cause: null }
    : broken('TestsBroken', `could not be run: ${problem}`);
}

/** Why tests without a failed one among them prove nothing, or null. */
function problemOf({ exitCode }: LocalEnd, { tests, problem }: NonNullable<LocalReport>): string | null {
  if (problem !== null) return problem;
  if (tests.length === 0) return 'it holds no test';
  if (tests.length > MAX_TESTS) return `it holds more than ${MAX_TESTS} tests`;
  return exitCode === 0 ? null : `its runner ended with exit code ${exitCode}`;
}

function caseOf({ path }: LocalTestFile, { name, state, durationMs, message }: LocalTest): TestCase {
  const said = message === undefined || message === '' ? {} : { message: message.slice(0, MAX_MESSAGE) };
  return { source: 'recipe', name: name.slice(0, MAX_NAME), file: path, state, durationMs, ...said };
}

function causeOf(test: TestCase): Cause {
  const [first = 'it says nothing'] = (test.message ?? '').split('\n');
  return {
    reason: 'TestFailed',
    message: `${test.file}: "${test.name}" failed: ${first || 'it says nothing'}`,
    evidence: (test.message ?? '').slice(0, 2_000),
    nextStep: NEXT,
  };
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) || 'it says nothing';
}

function lastLines(output: string): string {
  return output.trimEnd().split('\n').slice(-LAST_LINES).join('\n').slice(-2_000);
}

export function tapReport({ results, planned }: Tap): LocalReport {
  const missing = planned === null ? 'bats did not say how many tests there are' : null;
  const fewer = planned !== results.length ? `bats told of ${results.length} of ${planned} tests` : null;
  return { tests: results, problem: missing ?? fewer };
}

/** Tests of a kind, judged together. */
export interface TestsJudged {
  readonly outcome: Extract<StageOutcome, 'passed' | 'failed' | 'errored' | 'unverified'>;
  readonly tests: readonly TestCase[];
  readonly message: string;
  readonly cause: Cause | null;
}

/** `notJudged`: why some file was not run, which is ours; red comes before it. */
export function judgeLocalTests(files: readonly LocalJudgement[], notJudged: Cause | null): TestsJudged {
  const tests = files.flatMap((file) => file.tests);
  const count = (state: TestCase['state']): number => tests.filter((test) => test.state === state).length;
  const failed = files.find(({ cause }) => cause !== null)?.cause;
  if (failed !== undefined && failed !== null)
    return {
      outcome: 'failed',
      tests,
      cause: failed,
      message: `${count('failed')} of ${tests.length} tests of the recipe’s own failed.`,
    };
  if (notJudged !== null) return { outcome: 'errored', tests, cause: notJudged, message: notJudged.message };
  if (count('passed') === 0) {
    const message = 'Every test of the recipe’s own was skipped.';
    return { outcome: 'unverified', tests, cause: { reason: 'TestsSkipped', message }, message };
  }
  const skipped = count('skipped') === 0 ? '' : `, ${count('skipped')} skipped`;
  return {
    outcome: 'passed',
    tests,
    cause: null,
    message: `${count('passed')} tests of the recipe’s own passed${skipped}.`,
  };
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

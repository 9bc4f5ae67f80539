/** What a file of a recipe's own tests is worth, and all of them together. Pure. */
import type { Quarantined } from '../../api/quarantine.ts';
import type { Cause, TestCase } from '../../api/stage.ts';
import { judgeTests, type TestsJudged } from './judge-tests.ts';
import type { LocalTestFile } from './local-tests.ts';
import { isExcused, isRed, marked } from './quarantine.ts';
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

export interface JudgedFile extends LocalTestFile {
  /** What is in force. */
  readonly quarantine?: readonly Quarantined[];
}

export function judgeLocalFile(file: JudgedFile, end: LocalEnd, report: LocalReport): LocalJudgement {
  const { quarantine = [] } = file;
  const told = marked(toldOf(file, report), quarantine);
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
      ? { tests: marked([whole('passed')], quarantine), cause: null }
      : excusable(
          broken('TestFailed', `ended with exit code ${end.exitCode}: ${lastLine(end.output)}`),
          quarantine,
        );
  const failed = told.find(isRed);
  if (failed !== undefined) return { tests: told, cause: causeOf(failed) };
  const problem = problemOf(end, report, told.some(isExcused));
  return problem === null
    ? { tests: told, cause: null }
    : broken('TestsBroken', `could not be run: ${problem}`);
}

/** A program is one test; that it does not end, or takes too much, is none. */
function excusable(judged: LocalJudgement, quarantine: readonly Quarantined[]): LocalJudgement {
  const tests = marked(judged.tests, quarantine);
  return { tests, cause: tests.some(isRed) ? judged.cause : null };
}

/** Why tests without a failed one among them prove nothing, or null. */
function problemOf(
  { exitCode }: LocalEnd,
  { tests, problem }: NonNullable<LocalReport>,
  excused: boolean,
): string | null {
  if (problem !== null) return problem;
  if (tests.length === 0) return 'it holds no test';
  if (tests.length > MAX_TESTS) return `it holds more than ${MAX_TESTS} tests`;
  // All runners say with 1 that a test failed, and with other codes that they did.
  return exitCode === 0 || (excused && exitCode === 1) ? null : `its runner ended with exit code ${exitCode}`;
}

function toldOf(file: LocalTestFile, report: LocalReport): TestCase[] {
  return (report?.tests ?? []).slice(0, MAX_TESTS).map((test) => caseOf(file, test));
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
  const fewer = planned !== results.length ? `bats reported ${results.length} of ${planned} tests` : null;
  return { tests: results, problem: missing ?? fewer };
}

/** `notJudged`: why some file was not run, which is ours; red comes before it. */
export function judgeLocalTests(
  files: readonly LocalJudgement[],
  notJudged: Cause | null,
  quarantine: readonly Quarantined[] = [],
): TestsJudged {
  const tests = files.flatMap((file) => file.tests);
  const red = files.find(({ cause }) => cause !== null)?.cause ?? null;
  return judgeTests({ tests, quarantine, red, notJudged, whose: ' of the recipe’s own' });
}

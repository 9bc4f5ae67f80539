import { describe, expect, it } from 'vitest';
import type { TestCase } from '../../api/stage.ts';
import { mergeTests } from './judge-tests.ts';
import {
  judgeLocalFile,
  judgeLocalTests,
  type LocalEnd,
  type LocalReport,
  tapReport,
} from './local-judge.ts';

const FILE = { path: 'tests/smoke.bats', kind: 'bats' } as const;
const end = (more: Partial<LocalEnd> = {}): LocalEnd => ({
  exitCode: 0,
  timedOut: false,
  outOfMemory: false,
  seconds: 1.5,
  output: 'one\ntwo\n',
  limits: { seconds: 60, memoryMib: 1024 },
  ...more,
});
const told = (...states: TestCase['state'][]): LocalReport => ({
  tests: states.map((state, at) => ({
    name: `t${at}`,
    state,
    durationMs: 1,
    message: state === 'failed' ? 'expected 1\nmore' : '',
  })),
  problem: null,
});

describe('judgeLocalFile', () => {
  it.each([
    {
      because: 'a program that ends well passed',
      end: end(),
      report: null,
      tests: ['smoke.bats passed'],
      cause: null,
    },
    {
      because: 'a program that ends badly failed, and its last line says why',
      end: end({ exitCode: 3 }),
      report: null,
      tests: ['smoke.bats failed'],
      cause: {
        reason: 'TestFailed',
        message: 'tests/smoke.bats ended with exit code 3: two',
        evidence: 'one\ntwo',
      },
    },
    {
      because: 'tests that passed passed',
      end: end(),
      report: told('passed', 'skipped'),
      tests: ['t0 passed', 't1 skipped'],
      cause: null,
    },
    {
      because: 'a failed test is named with its file and its assertion',
      end: end({ exitCode: 1 }),
      report: told('passed', 'failed'),
      tests: ['t0 passed', 't1 failed'],
      cause: { reason: 'TestFailed', message: 'tests/smoke.bats: "t1" failed: expected 1' },
    },
    {
      because: 'a file that does not end is red, and what it told before is kept',
      end: end({ timedOut: true, exitCode: 137 }),
      report: told('passed'),
      tests: ['t0 passed', 'smoke.bats failed'],
      cause: { reason: 'TestsTimedOut', message: 'tests/smoke.bats did not end within 60 s.' },
    },
    {
      because: 'so is one that takes too much memory',
      end: end({ outOfMemory: true, exitCode: 137 }),
      report: null,
      tests: ['smoke.bats failed'],
      cause: { reason: 'TestsOutOfMemory' },
    },
    {
      because: 'a file without a test proves nothing',
      end: end(),
      report: told(),
      tests: ['smoke.bats failed'],
      cause: { reason: 'TestsBroken', message: 'tests/smoke.bats could not be run: it holds no test' },
    },
    {
      because: 'a runner that fails without a failed test is not believed',
      end: end({ exitCode: 2 }),
      report: told('passed'),
      tests: ['t0 passed', 'smoke.bats failed'],
      cause: { reason: 'TestsBroken' },
    },
    {
      because: 'neither is one that did not tell of all tests',
      end: end(),
      report: tapReport({
        planned: 2,
        results: [{ name: 'a', state: 'passed', durationMs: 1, message: '' }],
      }),
      tests: ['a passed', 'smoke.bats failed'],
      cause: { message: 'tests/smoke.bats could not be run: bats reported 1 of 2 tests' },
    },
  ])('$because', (row) => {
    const { tests, cause } = judgeLocalFile(FILE, row.end, row.report);
    expect(tests.map(({ name, state }) => `${name} ${state}`)).toEqual(row.tests);
    expect(tests.every(({ source, file }) => source === 'recipe' && file === FILE.path)).toBe(true);
    if (row.cause === null) expect(cause).toBeNull();
    else expect(cause).toMatchObject(row.cause);
  });

  const flaky = (name: string) => ({
    ...FILE,
    quarantine: [{ test: `tests/smoke.bats: ${name}`, because: 'x', until: '2026-06-30', flakes: [] }],
  });
  it.each([
    {
      because: 'a quarantined failure is no cause, although the runner failed for it',
      file: flaky('t1'),
      end: end({ exitCode: 1 }),
      report: told('passed', 'failed'),
      cause: undefined,
    },
    {
      because: 'a second failure is',
      file: flaky('t1'),
      end: end({ exitCode: 1 }),
      report: told('passed', 'failed', 'failed'),
      cause: 'tests/smoke.bats: "t2" failed: expected 1',
    },
    {
      because: 'a runner that broke as well is not believed',
      file: flaky('t1'),
      end: end({ exitCode: 2 }),
      report: told('passed', 'failed'),
      cause: 'tests/smoke.bats could not be run: its runner ended with exit code 2',
    },
    {
      because: 'a program is a test of its own',
      file: flaky('smoke.bats'),
      end: end({ exitCode: 3 }),
      report: null,
      cause: undefined,
    },
    {
      because: 'one that does not end is no flake',
      file: flaky('smoke.bats'),
      end: end({ timedOut: true, exitCode: 137 }),
      report: null,
      cause: 'tests/smoke.bats did not end within 60 s.',
    },
  ])('$because', ({ file, end, report, cause }) => {
    expect(judgeLocalFile(file, end, report).cause?.message).toBe(cause);
  });

  it('keeps no more than people read', () => {
    const many = {
      tests: Array.from({ length: 5_000 }, () => ({
        name: 'n'.repeat(900),
        state: 'passed' as const,
        durationMs: 1,
        message: 'm'.repeat(9_000),
      })),
      problem: null,
    };
    const { tests, cause } = judgeLocalFile(FILE, end(), many);
    expect([tests.length, tests[0]?.name.length, tests[0]?.message?.length]).toEqual([1_001, 300, 4_000]);
    expect(cause?.message).toContain('more than 1000 tests');
  });
});

const cause = (reason: string) => ({ reason, message: reason });
const one = (state: TestCase['state'], reason: string | null = null) => ({
  tests: [{ source: 'recipe', name: 't', file: 'f', state, durationMs: 1 } as const],
  cause: reason === null ? null : cause(reason),
});

describe('judgeLocalTests', () => {
  it.each([
    {
      because: 'all passed is passed',
      files: [one('passed'), one('skipped')],
      lacks: null,
      want: ['passed', undefined],
    },
    {
      because: 'the first red file is the cause',
      files: [one('passed'), one('failed', 'A'), one('failed', 'B')],
      lacks: null,
      want: ['failed', 'A'],
    },
    {
      because: 'what was not run is never green',
      files: [one('passed')],
      lacks: cause('RunnerMissing'),
      want: ['errored', 'RunnerMissing'],
    },
    {
      because: 'red comes before what was not run',
      files: [one('failed', 'A')],
      lacks: cause('RunnerMissing'),
      want: ['failed', 'A'],
    },
    {
      because: 'only skipped is not judged',
      files: [one('skipped')],
      lacks: null,
      want: ['unverified', 'TestsSkipped'],
    },
  ])('$because', ({ files, lacks, want }) => {
    const judged = judgeLocalTests(files, lacks);
    expect([judged.outcome, judged.cause?.reason]).toEqual(want);
  });
});

describe('mergeTests', () => {
  const part = (outcome: 'passed' | 'failed' | 'errored' | 'unverified', reason: string) => ({
    outcome,
    tests: one('passed').tests,
    message: `${outcome}.`,
    cause: outcome === 'passed' ? null : cause(reason),
  });
  it.each([
    {
      because: 'both green is green',
      parts: [part('passed', ''), part('passed', '')],
      want: ['passed', undefined, 2],
    },
    { because: 'one red is red', parts: [part('passed', ''), part('failed', 'R')], want: ['failed', 'R', 2] },
    {
      because: 'ours comes first',
      parts: [part('failed', 'O'), part('failed', 'R')],
      want: ['failed', 'O', 2],
    },
    {
      because: 'red comes before what was not judged',
      parts: [part('errored', 'O'), part('failed', 'R')],
      want: ['failed', 'R', 2],
    },
    {
      because: 'green does not hide what was not judged',
      parts: [part('unverified', 'O'), part('passed', '')],
      want: ['unverified', 'O', 2],
    },
    { because: 'no tests are no pass', parts: [], want: ['unverified', undefined, 0] },
  ])('$because', ({ parts, want }) => {
    const merged = mergeTests(parts);
    expect([merged.outcome, merged.cause?.reason, merged.tests.length]).toEqual(want);
  });
});

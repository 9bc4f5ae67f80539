import { describe, expect, it } from 'vitest';
import { Quarantine, type Quarantined } from '../../api/quarantine.ts';
import type { TestCase } from '../../api/stage.ts';
import { judgeTests } from './judge-tests.ts';
import { isFlake, isRed, marked, quarantineNow, stageOfTest, standingOf, unmatched } from './quarantine.ts';

const entry = (test: string, until = '2026-06-30'): Quarantined => ({
  test,
  because: 'https://git.example.org/x/issues/1',
  until,
  flakes: ['x-1', 'x-2'],
});
const one = (name: string, state: TestCase['state'], file = 'web/test.test.ts'): TestCase => ({
  source: 'ccci',
  name,
  file,
  state,
  durationMs: 1,
});
const NOW = new Date('2026-06-01T12:00:00Z');

describe('Quarantine', () => {
  it.each([
    { because: 'a name alone may be of several tests', given: { test: 'works' }, says: '"<file>: <name>"' },
    { because: 'a reason has a link', given: { because: 'it flakes' }, says: 'with a link' },
    { because: 'an end is a day that exists', given: { until: '2026-02-30' }, says: 'must be a day' },
    { because: 'one run proves no flake', given: { flakes: ['x-1'] }, says: 'at least two runs' },
    { because: 'neither does the same twice', given: { flakes: ['x-1', 'x-1'] }, says: 'each run once' },
  ])('$because', ({ given, says }) => {
    const parsed = Quarantine.safeParse([{ ...entry('web/test.test.ts: works'), ...given }]);
    expect(parsed.error?.issues.map(({ message }) => message)).toEqual([expect.stringContaining(says)]);
  });

  it('names each test once', () => {
    const twice = [entry('web/test.test.ts: works'), entry('web/test.test.ts: works', '2026-07-01')];
    expect(Quarantine.safeParse(twice).error?.message).toContain('each test once');
    expect(Quarantine.safeParse(twice.slice(1)).success).toBe(true);
  });
});

describe('standingOf', () => {
  it.each([
    ['the last day counts', '2026-06-01', 'in force'],
    ['the day after does not', '2026-05-31', 'ended'],
    ['ninety days ahead are the most', '2026-08-30', 'in force'],
    ['one more is too far', '2026-08-31', 'too far ahead'],
  ])('%s', (_because, until, want) => {
    expect(standingOf({ until }, NOW)).toBe(want);
  });

  it('ends with the day, in UTC', () => {
    expect(standingOf({ until: '2026-06-01' }, new Date('2026-06-01T23:59:59.999Z'))).toBe('in force');
    expect(standingOf({ until: '2026-06-01' }, new Date('2026-06-02T00:00:00.000Z'))).toBe('ended');
  });
});

describe('stageOfTest', () => {
  it.each([
    ['web/install.test.ts: works', 'install'],
    ['web/playwright/upgrade.test.ts: a: works', 'upgrade'],
    ['tests/smoke.bats: answers', 'test'],
    ['_generic/install.test.ts: works', null],
    ['other/install.test.ts: works', null],
    ['web/instal.test.ts: works', null],
    ['web/data.ts: works', null],
  ])('%s: %s', (test, want) => {
    expect(stageOfTest('web', test)).toBe(want);
  });
});

describe('quarantineNow', () => {
  it('keeps what counts, and says of the rest why it does not', () => {
    const entries = [
      entry('web/test.test.ts: good'),
      entry('web/test.test.ts: late', '2026-05-31'),
      entry('web/test.test.ts: early', '2027-01-01'),
      entry('_generic/install.test.ts: floor'),
    ];
    const { inForce, warnings } = quarantineNow(entries, { recipe: 'web', now: NOW });
    expect(inForce).toEqual(entries.slice(0, 1));
    expect(warnings).toEqual([
      'The quarantine of "web/test.test.ts: late" does not count: it ended on 2026-05-31.',
      'The quarantine of "web/test.test.ts: early" does not count: 2027-01-01 is more than 90 days ahead.',
      'The quarantine of "_generic/install.test.ts: floor" does not count: only tests in tests/recipes/web and in tests/ of the recipe itself can be quarantined.',
    ]);
  });
});

describe('marked', () => {
  it('marks a test by its file and its name, whatever became of it', () => {
    const tests = [
      one('a', 'failed'),
      one('b', 'passed'),
      one('a', 'failed', 'web/playwright/test.test.ts'),
      one('(loading the file)', 'failed', 'tests/test_x.py'),
    ];
    const entries = [
      entry('web/test.test.ts: a'),
      entry('web/test.test.ts: b'),
      entry('tests/test_x.py: (loading the file)'),
    ];
    const after = marked(tests, entries);
    expect(after.map(({ quarantined }) => quarantined)).toEqual([true, true, undefined, undefined]);
    expect(after.map(isRed)).toEqual([false, false, true, true]);
  });
});

describe('unmatched', () => {
  const ran = [one('the front page answers', 'passed')];
  const said = (test: string): string[] => unmatched([entry(test)], { recipe: 'web', stage: 'test', ran });
  it.each([
    { because: 'a test that ran is found', test: 'web/test.test.ts: the front page answers', want: [] },
    {
      because: 'a misspelt one gets the nearest',
      test: 'web/test.test.ts: the frnt page answers',
      want: [
        'The quarantine names a test that did not run: "web/test.test.ts: the frnt page answers". Did you mean "web/test.test.ts: the front page answers"?',
      ],
    },
    {
      because: 'one that went is named alone',
      test: 'tests/x: y',
      want: ['The quarantine names a test that did not run: "tests/x: y".'],
    },
    { because: 'another stage’s is not looked for here', test: 'web/install.test.ts: works', want: [] },
  ])('$because', ({ test, want }) => {
    expect(said(test)).toEqual(want);
  });
});

describe('isFlake', () => {
  it.each([
    {
      because: 'failed and passed on one commit',
      seen: [
        ['a', 'failed'],
        ['a', 'passed'],
      ],
      want: true,
    },
    {
      because: 'failed on one commit, passed on another',
      seen: [
        ['a', 'failed'],
        ['b', 'passed'],
      ],
      want: false,
    },
    {
      because: 'failed twice',
      seen: [
        ['a', 'failed'],
        ['a', 'failed'],
      ],
      want: false,
    },
    { because: 'nothing is kept', seen: [], want: false },
  ] as const)('$because: $want', ({ seen, want }) => {
    expect(isFlake(seen.map(([commit, state]) => ({ commit, states: [state] })))).toBe(want);
  });
});

describe('judgeTests', () => {
  const quarantine = [entry('web/test.test.ts: flaky'), entry('web/test.test.ts: flaky too', '2026-07-01')];
  const cause = (reason: string) => ({ reason, message: `${reason}.` });
  it.each([
    {
      because: 'all passed',
      tests: [one('a', 'passed'), one('b', 'skipped')],
      want: ['passed', '1 test passed, 1 skipped.'],
    },
    {
      because: 'a quarantined failure is no red one, and is said',
      tests: [one('a', 'passed'), one('flaky', 'failed')],
      want: [
        'passed',
        '1 test passed. 1 quarantined test failed: web/test.test.ts: flaky, until 2026-06-30.',
      ],
    },
    {
      because: 'a quarantined test that passes is a test that passes',
      tests: [one('flaky', 'passed')],
      want: ['passed', '1 test passed.'],
    },
    {
      because: 'another failure is red, and both are said',
      tests: [one('a', 'failed'), one('flaky', 'failed')],
      red: cause('TestFailed'),
      want: [
        'failed',
        '1 of 2 tests failed. 1 quarantined test failed: web/test.test.ts: flaky, until 2026-06-30.',
      ],
    },
    {
      because: 'tests that do not end are red whatever is quarantined',
      tests: [one('flaky', 'failed')],
      red: cause('TestsTimedOut'),
      want: [
        'failed',
        'TestsTimedOut. 1 quarantined test failed: web/test.test.ts: flaky, until 2026-06-30.',
      ],
    },
    {
      because: 'what broke beside a quarantined failure is not hidden by it',
      tests: [one('a', 'passed'), one('flaky', 'failed')],
      notJudged: cause('TestsBroken'),
      want: ['errored', 'TestsBroken. 1 quarantined test failed: web/test.test.ts: flaky, until 2026-06-30.'],
    },
    {
      because: 'where only quarantined ones ran and failed, nothing was judged',
      tests: [one('flaky', 'failed'), one('flaky too', 'failed')],
      want: [
        'unverified',
        'No test passed that could judge: nothing is shown by quarantined ones. 2 quarantined tests failed: web/test.test.ts: flaky, until 2026-06-30; web/test.test.ts: flaky too, until 2026-07-01.',
      ],
    },
    {
      because: 'neither beside skipped ones',
      tests: [one('a', 'skipped'), one('flaky', 'failed')],
      want: [
        'unverified',
        'No test passed that could judge, 1 skipped: nothing is shown by quarantined ones. 1 quarantined test failed: web/test.test.ts: flaky, until 2026-06-30.',
      ],
    },
    { because: 'all skipped', tests: [one('a', 'skipped')], want: ['unverified', 'Every test was skipped.'] },
  ])('$because', ({ tests, want, red = null, notJudged = null }) => {
    const run = { tests: marked(tests, quarantine), quarantine, red, notJudged, whose: '' };
    const judged = judgeTests(run);
    expect([judged.outcome, judged.message]).toEqual(want);
    expect(judged.tests.map(({ state }) => state)).toEqual(tests.map(({ state }) => state));
  });
});

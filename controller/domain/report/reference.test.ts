import { describe, expect, it } from 'vitest';
import { ObjectName } from '../../api/primitives.ts';
import { endedWith, FAILED, PASSED, RUNNING, runOf, stepsOf } from './fixtures.ts';
import { isSameImages, judgeReference, needsReference, referenceName } from './reference.ts';
import type { ReportedRun } from './reported-run.ts';

const commit = (letter: string): string => letter.repeat(40);

interface On {
  readonly fails?: 'install' | 'upgrade' | 'test';
  readonly errs?: boolean;
  readonly day?: number;
}

/** A reference run of that commit. */
function onMain(letter: string, { fails, errs = false, day = 1 }: On = {}): ReportedRun {
  const verdict = errs ? 'Errored' : fails === undefined ? 'Passed' : 'Failed';
  return {
    ...endedWith(verdict, '', {
      name: `hedgedoc-ref-${letter}`,
      spec: { source: { ref: commit(letter) }, trigger: { kind: 'reference' } },
      status: { steps: fails === undefined ? [] : stepsOf(['lint', 'passed'], [fails, 'failed']) },
    }),
    createdAt: `2026-11-0${day}T00:00:00.000Z`,
  };
}

describe('whose fault a run is that failed in upgrade', () => {
  it.each([
    { because: 'the base passes', base: onMain('a'), want: { outcome: 'regression', since: null } },
    {
      because: 'the base fails in the same step',
      base: onMain('a', { fails: 'upgrade' }),
      want: { outcome: 'alreadyFailing', since: commit('a') },
    },
    {
      because: 'the base fails even before it',
      base: onMain('a', { fails: 'install' }),
      want: { outcome: 'alreadyFailing', since: commit('a') },
    },
    {
      because: 'the base fails only after that step',
      base: onMain('a', { fails: 'test' }),
      want: { outcome: 'regression', since: null },
    },
    {
      because: 'the base was not judged',
      base: onMain('a', { errs: true }),
      want: { outcome: 'notJudged', since: null },
    },
    { because: 'the base is not done', base: RUNNING, want: { outcome: 'running', since: null } },
  ])('$because', ({ base, want }) => {
    expect(judgeReference(FAILED, base, [])).toEqual(want);
  });
});

describe('since when the base fails', () => {
  const now = onMain('e', { fails: 'upgrade', day: 5 });
  it.each([
    {
      because: 'the first of those that failed in a row',
      earlier: [
        onMain('a', { day: 1 }),
        onMain('b', { fails: 'upgrade', day: 2 }),
        onMain('c', { fails: 'upgrade', day: 3 }),
      ],
      want: 'b',
    },
    {
      because: 'not from before it was green',
      earlier: [
        onMain('a', { fails: 'upgrade', day: 1 }),
        onMain('b', { day: 2 }),
        onMain('c', { fails: 'upgrade', day: 3 }),
      ],
      want: 'c',
    },
    {
      because: 'what was not judged says nothing either way',
      earlier: [onMain('a', { fails: 'upgrade', day: 1 }), onMain('b', { errs: true, day: 2 })],
      want: 'a',
    },
    {
      because: 'a failure elsewhere is another one',
      earlier: [onMain('a', { fails: 'upgrade', day: 1 }), onMain('b', { fails: 'test', day: 2 })],
      want: 'e',
    },
    {
      because: 'what came later does not count',
      earlier: [onMain('f', { fails: 'upgrade', day: 6 })],
      want: 'e',
    },
    { because: 'itself is not before itself', earlier: [now], want: 'e' },
  ])('$because', ({ earlier, want }) => {
    expect(judgeReference(FAILED, now, earlier).since).toBe(commit(want));
  });
});

it.each([
  { because: 'a red run of a pull request', run: FAILED, want: true },
  { because: 'one that timed out', run: endedWith('TimedOut', ''), want: true },
  { because: 'not a green one', run: PASSED, want: false },
  { because: 'not one that goes on', run: RUNNING, want: false },
  { because: 'not what was not judged', run: endedWith('Errored', ''), want: false },
  { because: 'not a cancelled one', run: endedWith('Cancelled', ''), want: false },
  {
    because: 'not one with some bumps',
    run: { ...FAILED, spec: { ...FAILED.spec, bump: { only: [] } } },
    want: false,
  },
  { because: 'not a reference run', run: onMain('a', { fails: 'test' }), want: false },
  {
    because: 'not one from the command line',
    run: runOf({ spec: { trigger: { kind: 'cli' } }, status: FAILED.status }),
    want: false,
  },
])('the base is tested for $because', ({ run, want }) => expect(needsReference(run)).toBe(want));

it('is reused only where every image that both have is the same', () => {
  const own = new Map([
    ['db:1', 'sha256:a'],
    ['app:2', 'sha256:b'],
  ]);
  expect(
    isSameImages(
      own,
      new Map([
        ['db:1', 'sha256:a'],
        ['app:1', 'sha256:c'],
      ]),
    ),
  ).toBe(true);
  expect(isSameImages(own, new Map([['db:1', 'sha256:z']]))).toBe(false);
  expect(isSameImages(own, new Map())).toBe(true);
});

it.each([
  { recipe: 'ghost', count: 1, want: 'ghost-ref-aaaaaaaaaaaa' },
  { recipe: 'ghost', count: 2, want: 'ghost-ref-aaaaaaaaaaaa-2' },
  { recipe: 'g'.repeat(50), count: 12, want: `${'g'.repeat(43)}-ref-aaaaaaaaaaaa-12` },
])('is called $want', ({ recipe, count, want }) => {
  expect(referenceName(recipe, commit('a'), count)).toBe(want);
  expect(ObjectName.safeParse(want).success).toBe(true);
});

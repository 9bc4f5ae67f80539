import { describe, expect, it } from 'vitest';
import { lineChanges, runDiff, type RunRecord } from './run-diff.ts';

const record = (run: string, over: Partial<RunRecord> = {}): RunRecord => ({
  names: {
    run,
    uid: `uid-${run}`,
    commit: 'a'.repeat(40),
    app: { domain: `web-${run}.ci.test`, stack: `web-${run}_ci_test` },
  },
  recipe: 'web',
  createdAt: '2026-01-01T00:00:00.000Z',
  verdict: 'Passed',
  subject: 'First',
  version: '1.0.0+1',
  deployer: 'builtin 1',
  images: ['nginx:1 sha256:a', 'redis:7 sha256:b'],
  compose: `services:\n  app:\n    host: web-${run}.ci.test\n`,
  env: `DOMAIN=web-${run}.ci.test\nTIMEOUT=60\n`,
  steps: [
    {
      name: 'install',
      state: 'passed',
      seconds: 10,
      log: [`https://web-${run}.ci.test/: 200`, 'took 1.2 s'],
    },
  ],
  ...over,
});
const [install] = record('x').steps;
if (install === undefined) throw new Error('The record has a step.');

describe('runDiff', () => {
  it('finds nothing between two runs of the same', () => {
    const found = runDiff(
      record('aaaa'),
      record('bbbb', {
        steps: [{ ...install, seconds: 50, log: ['took 9 s', 'https://web-bbbb.ci.test/: 200', 'took 9 s'] }],
      }),
    );
    expect(found).toMatchObject({ same: true, logs: [], compose: { changes: [] }, env: { changes: [] } });
    expect(found.stages).toMatchObject([{ stage: 'install', ratio: 5, marked: true }]);
  });

  it.each([
    {
      because: 'another commit',
      over: { names: { ...record('b').names, commit: 'b'.repeat(40) } },
      want: {
        facts: expect.arrayContaining([{ name: 'commit', before: 'a'.repeat(40), after: 'b'.repeat(40) }]),
      },
    },
    {
      because: 'an image with the same tag and another digest',
      over: { images: ['redis:7 sha256:b', 'nginx:1 sha256:c'] },
      want: {
        images: {
          changes: [
            { op: 'removed', text: 'nginx:1 sha256:a' },
            { op: 'added', text: 'nginx:1 sha256:c' },
            { op: 'same', text: 'redis:7 sha256:b' },
          ],
        },
      },
    },
    {
      because: 'a variable',
      over: { env: 'DOMAIN=web-b.ci.test\nTIMEOUT=90\n' },
      want: {
        env: { changes: [{ op: 'same' }, { op: 'removed', text: 'TIMEOUT=60' }, { op: 'added', line: 2 }] },
      },
    },
    {
      because: 'what one of them has not kept',
      over: { compose: null },
      want: { compose: { missing: ['b'], changes: [] } },
    },
    {
      because: 'a stage that went otherwise',
      over: { verdict: 'Failed', steps: [{ ...install, state: 'failed' as const }] },
      want: { stages: [{ before: { state: 'passed' }, after: { state: 'failed' } }] },
    },
    {
      because: 'a stage that only one was asked for, in the order in which they are done',
      over: { steps: [install, { ...install, name: 'lint' as const }] },
      want: { stages: [{ stage: 'lint', before: null }, { stage: 'install' }] },
    },
    {
      because: 'a stage that was not reached',
      over: { steps: [] },
      want: { stages: [{ after: null, ratio: null, marked: false }], logs: [] },
    },
    {
      because: 'the first log line that the other has nowhere, whatever the order',
      over: { steps: [{ ...install, log: ['took 2 s', 'failed', 'https://web-b.ci.test/: 502'] }] },
      want: {
        logs: [
          {
            stage: 'install',
            before: { line: 1, text: 'https://web-a.ci.test/: 200' },
            after: { line: 2, text: 'failed' },
          },
        ],
      },
    },
    {
      because: 'a log that ends before the other',
      over: { steps: [{ ...install, log: ['https://web-b.ci.test/: 200'] }] },
      want: { logs: [{ stage: 'install', before: { line: 2, text: 'took 1.2 s' }, after: null }] },
    },
  ])('finds $because', ({ over, want }) => {
    expect(runDiff(record('a'), record('b', over))).toMatchObject({ same: false, ...want });
  });

  it.each([
    { because: 'twice as slow', seconds: [10, 20], ratio: 2, marked: true },
    { because: 'twice as fast', seconds: [20, 10], ratio: 0.5, marked: true },
    { because: 'much by ratio, little by the clock', seconds: [1, 2.9], ratio: 2.9, marked: false },
    { because: 'long, and hardly longer', seconds: [100, 119], ratio: 1.19, marked: false },
    { because: 'nothing to divide by', seconds: [0, 9], ratio: null, marked: false },
  ])('marks times that are apart: $because', ({ seconds: [a = 0, b = 0], ratio, marked }) => {
    const found = runDiff(
      record('a', { steps: [{ ...install, seconds: a }] }),
      record('b', { steps: [{ ...install, seconds: b }] }),
    );
    expect(found.stages).toMatchObject([{ ratio, marked }]);
  });

  it('shows what changed with two lines around it, and cuts what is too long', () => {
    const text = (tenth: string): string =>
      Array.from({ length: 2_000 }, (_, at) => (at === 10 ? tenth : `line ${at}`)).join('\n');
    const { compose } = runDiff(record('a', { compose: text('old') }), record('b', { compose: text('new') }));
    expect(compose.changes.map(({ text, line }) => `${line} ${text}`)).toEqual([
      '9 line 8',
      '10 line 9',
      '11 old',
      '11 new',
      '12 line 11',
      '13 line 12',
    ]);
    expect(compose.cut).toBe(true);
    const beyond = runDiff(
      record('a', { compose: `${text('x')}\nold` }),
      record('b', { compose: `${text('x')}\nnew` }),
    );
    expect(beyond).toMatchObject({ same: false, compose: { changes: [], cut: true } });
  });
});

describe('lineChanges', () => {
  it('says what was removed before what was added', () => {
    const changes = lineChanges(['a', 'b', 'c', 'd'], ['a', 'x', 'y', 'd', 'e']);
    expect(changes.map(({ op, text }) => `${op} ${text}`)).toEqual([
      'same a',
      'removed b',
      'removed c',
      'added x',
      'added y',
      'same d',
      'added e',
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { RunResources } from '../../api/resources.ts';
import type { TestRunStatusBody } from '../../api/test-run-status.ts';
import { comparisonOf, type Earlier, greensLike, median, MOST } from './resources-compared.ts';

const MIB = 1024 * 1024;

interface Used {
  app?: number;
  db?: number;
  seconds?: number;
  image?: string;
  imageMib?: number;
  volumes?: number;
}

function used({ app, db, seconds, image = 'nginx:1', imageMib, volumes }: Used): RunResources {
  const memory = Object.entries({ app, db }).flatMap(([service, mib]) =>
    mib === undefined ? [] : [{ service, peakBytes: mib * MIB }],
  );
  return RunResources.parse({
    memory,
    totalPeakBytes: memory.reduce((sum, { peakBytes }) => sum + peakBytes, 0),
    images: imageMib === undefined ? [] : [{ image, bytes: imageMib * MIB }],
    volumes: null,
    volumeBytes: volumes === undefined ? null : volumes * MIB,
    secondsToHealthy: seconds ?? null,
    comparison: { runs: 0, notCompared: '', rows: [] },
  });
}

const earlier = (...all: Used[]): Earlier[] =>
  all.map((each, index) => ({ version: `2.${9 - index}.0`, resources: used(each) }));

describe('comparisonOf', () => {
  it.each([
    {
      because: 'a service that grew is flagged',
      now: { app: 138 },
      before: [{ app: 100 }, { app: 101 }, { app: 90 }],
      want: { what: 'memory of "app"', percent: 38, since: '2.9.0', flagged: true, median: 100 * MIB },
    },
    {
      because: 'a quarter more exactly is not',
      now: { app: 125 },
      before: [{ app: 100 }, { app: 100 }, { app: 100 }],
      want: { percent: 25, flagged: false },
    },
    {
      because: 'twice as much of little is not',
      now: { app: 30 },
      before: [{ app: 15 }, { app: 15 }, { app: 15 }],
      want: { percent: 100, flagged: false },
    },
    {
      because: '16 MiB more and a quarter more is',
      now: { app: 32 },
      before: [{ app: 16 }, { app: 16 }, { app: 16 }],
      want: { percent: 100, flagged: true },
    },
    {
      because: 'less is shown and never flagged',
      now: { app: 50 },
      before: [{ app: 200 }, { app: 200 }, { app: 200 }],
      want: { percent: -75, flagged: false },
    },
    {
      because: 'nine seconds more are not flagged, however large their share',
      now: { seconds: 13 },
      before: [{ seconds: 4 }, { seconds: 4 }, { seconds: 4 }],
      want: { what: 'time to healthy', unit: 'seconds', flagged: false },
    },
    {
      because: 'a slow start is',
      now: { seconds: 40 },
      before: [{ seconds: 20 }, { seconds: 25 }, { seconds: 21 }],
      want: { percent: 90, median: 21, flagged: true },
    },
    {
      because: 'an image is the same one in every version',
      now: { image: 'registry:5000/nginx:1.27@sha256:0a', imageMib: 245 },
      before: [
        { image: 'registry:5000/nginx:1.26', imageMib: 149 },
        { image: 'registry:5000/nginx:1.25', imageMib: 149 },
        { image: 'registry:5000/nginx', imageMib: 149 },
      ],
      want: { what: 'image registry:5000/nginx', percent: 64, flagged: true },
    },
    {
      because: 'data where there was none has no percentage',
      now: { volumes: 20 },
      before: [{ volumes: 0 }, { volumes: 0 }, { volumes: 0 }],
      want: { what: 'volumes', percent: null, flagged: true },
    },
    {
      because: 'one run that was large does not hide what grew',
      now: { app: 150 },
      before: [{ app: 400 }, { app: 100 }, { app: 100 }],
      want: { median: 100 * MIB, flagged: true },
    },
  ])('$because', ({ now, before, want }) => {
    const { rows, notCompared, runs } = comparisonOf(used(now), earlier(...before));
    expect({ rows: rows.length, notCompared, runs }).toEqual({ rows: 1, notCompared: null, runs: 3 });
    expect(rows[0]).toMatchObject(want);
  });

  it.each([
    { runs: 0, said: 'no earlier green runs of the same kind; 3 are needed' },
    { runs: 1, said: 'only 1 earlier green run of the same kind; 3 are needed' },
    { runs: 2, said: 'only 2 earlier green runs of the same kind; 3 are needed' },
  ])('says that $runs are too few', ({ runs, said }) => {
    const before = earlier({ app: 100 }, { app: 100 }).slice(0, runs);
    expect(comparisonOf(used({ app: 900 }), before)).toEqual({ runs, notCompared: said, rows: [] });
  });

  it('does not compare a service that fewer than three of them had, and counts from the newest that had it', () => {
    const before = earlier({ app: 100 }, { app: 100, db: 50 }, { app: 100, db: 50 }, { app: 100, db: 50 });
    const { rows } = comparisonOf(used({ app: 100, db: 50 }), before);
    expect(rows.map(({ what, since }) => [what, since])).toEqual([
      ['memory of "app"', '2.9.0'],
      ['memory of "db"', '2.8.0'],
      ['memory of all services', '2.8.0'],
    ]);
    expect(comparisonOf(used({ db: 50 }), earlier({ app: 1 }, { app: 1 }, { app: 1, db: 1 })).rows).toEqual(
      [],
    );
  });
});

it.each([
  { values: [3], want: 3 },
  { values: [1, 2], want: 1.5 },
  { values: [9, 1, 5], want: 5 },
  { values: [10, 9, 1, 2], want: 5.5 },
])('the median of $values is $want', ({ values, want }) => expect(median(values)).toBe(want));

describe('greensLike', () => {
  const body = (uid: string, over: object = {}): TestRunStatusBody =>
    ({
      uid,
      server: 'default',
      verdict: 'Passed',
      finishedAt: '2026-11-23T12:00:00.000Z',
      deployer: { kind: 'builtin', version: '1', bin: '' },
      accepted: { run: { recipe: 'web', stages: ['install', 'upgrade'] } },
      ...over,
    }) as TestRunStatusBody;
  const runs = (...bodies: TestRunStatusBody[]) =>
    bodies.map((status) => ({ metadata: { name: status.uid, resourceVersion: 1 }, status }));
  const found = (...bodies: TestRunStatusBody[]): string[] =>
    greensLike(body('own', { verdict: null }), runs(...bodies)).map(({ uid }) => uid);

  it.each([
    {
      because: 'another recipe',
      over: { accepted: { run: { recipe: 'x', stages: ['install', 'upgrade'] } } },
    },
    { because: 'other stages', over: { accepted: { run: { recipe: 'web', stages: ['install'] } } } },
    { because: 'another server', over: { server: 'two' } },
    { because: 'another deployer', over: { deployer: { kind: 'abra', version: '1', bin: '' } } },
    { because: 'no verdict', over: { verdict: null } },
    { because: 'a red one', over: { verdict: 'Failed' } },
  ])('does not compare with $because', ({ over }) => expect(found(body('a', over))).toEqual([]));

  it('takes the newest first, at most ten, and not itself', () => {
    const many = Array.from({ length: 12 }, (_, index) =>
      body(`r${index}`, { finishedAt: `2026-11-23T12:${index + 10}:00.000Z` }),
    );
    expect(found(body('own'), ...many)).toEqual(
      many
        .map(({ uid }) => uid)
        .toReversed()
        .slice(0, MOST),
    );
  });

  it('does not care in which order the stages were asked for', () => {
    const asked = { accepted: { run: { recipe: 'web', stages: ['upgrade', 'install'] } } };
    expect(found(body('a', asked))).toEqual(['a']);
  });
});

import { describe, expect, it } from 'vitest';
import type { Thing } from '../../ports.ts';
import { appNameOf } from './names.ts';
import { localOrphansOf, orphansOf } from './orphans.ts';

const KEY = 'k'.repeat(32);
const now = new Date('2026-11-23T12:00:00Z');
const ours = appNameOf({ recipe: 'ghost', pr: 1, uid: 'u', attempt: 1, zone: 'ci.test' }, KEY).stack;
const ofOldZone = appNameOf(
  { recipe: 'ghost', pr: 1, uid: 'u', attempt: 1, zone: 'old.example.org' },
  KEY,
).stack;
const thing = (changed: Partial<Thing>): Thing => ({
  kind: 'volume',
  id: 'v',
  name: `${ours}_data`,
  stack: ours,
  createdAt: new Date('2026-11-23T11:00:00Z'),
  ...changed,
});
const judge = (things: Thing[], live: string[] = []): string[] =>
  orphansOf({
    things,
    liveStacks: new Set(live),
    key: KEY,
    now,
    minAgeMs: 120_000,
  }).orphans.map((orphan) => orphan.thing.name);

describe('orphansOf', () => {
  it.each([
    { because: 'what a dead run left goes', things: [thing({})], live: [], want: 1 },
    {
      because: 'what a dead run left goes, also where CCCI_ZONE is another by now',
      things: [thing({ name: `${ofOldZone}_data`, stack: ofOldZone })],
      live: [],
      want: 1,
    },
    { because: 'what a live run holds stays', things: [thing({})], live: [ours], want: 0 },
    { because: 'a newborn stays', things: [thing({ createdAt: now })], live: [], want: 0 },
    {
      because: 'a bystander stays',
      things: [thing({ name: 'wiki_data', stack: 'wiki' })],
      live: [],
      want: 0,
    },
    {
      because: 'a bystander that imitates our name stays',
      things: [thing({ name: 'ghost-pr1-aaaaabbbb_ci_test_data', stack: null })],
      live: [],
      want: 0,
    },
    {
      because: 'a thing of another stack that bears our prefix stays',
      things: [thing({ stack: 'wiki' })],
      live: [],
      want: 0,
    },
    {
      because: 'a secret without a label goes by its name',
      things: [thing({ kind: 'secret', name: `${ours}_pw_v1`, stack: null })],
      live: [],
      want: 1,
    },
  ])('$because', ({ things, live, want }) => {
    expect(judge(things, live)).toHaveLength(want);
  });

  it('takes services before what they hold', () => {
    expect(judge([thing({}), thing({ kind: 'service', name: `${ours}_app` })])).toEqual([
      `${ours}_app`,
      `${ours}_data`,
    ]);
  });
});

describe('localOrphansOf', () => {
  const old = new Date('2026-11-23T11:00:00Z');
  it.each([
    { because: 'what a run that is over left here goes', since: old, live: [], want: ['u1'] },
    { because: 'what a live run holds here stays', since: old, live: ['u1'], want: [] },
    { because: 'what was just made here stays', since: now, live: [], want: [] },
  ])('$because', ({ since, live, want }) => {
    const found = localOrphansOf({
      owners: [{ uid: 'u1', what: ['process 1'], since }],
      liveUids: new Set<string>(live),
      now,
      minAgeMs: 120_000,
    });
    expect(found.map(({ owner }) => owner.uid)).toEqual(want);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admissionOf, nextOf, type Waiting } from './admission.ts';

const run = (name: string, createdAt: string, state: 'holds' | 'waits' | 'done' = 'waits'): Waiting => ({
  name,
  createdAt,
  holds: state === 'holds',
  waits: state === 'waits',
  number: null,
  isReference: false,
});

const numbered = (name: string, number: number, state: 'holds' | 'done' = 'holds'): Waiting => ({
  ...run(name, 'x', state),
  number,
});

const reference = (name: string, createdAt: string, state: 'holds' | 'waits' = 'waits'): Waiting => ({
  ...run(name, createdAt, state),
  isReference: true,
});

describe('nextOf', () => {
  const waiting = [run('b', '2026-01-02'), run('a', '2026-01-01'), run('c', '2026-01-03')];
  it.each([
    { because: 'as many as there are free slots, oldest first', runs: waiting, max: 2, want: ['a', 'b'] },
    {
      because: 'nobody where all are held',
      runs: [...waiting, run('h', '2025-01-01', 'holds')],
      max: 1,
      want: [],
    },
    {
      because: 'nobody where more are held than there may be',
      runs: [...waiting, run('h', 'x', 'holds'), run('i', 'x', 'holds')],
      max: 1,
      want: [],
    },
    {
      because: 'reference runs behind all others',
      runs: [reference('r', '2025-01-01'), ...waiting],
      max: 1,
      want: ['a'],
    },
    { because: 'nobody who does not wait', runs: [run('old', '2025-01-01', 'done')], max: 3, want: [] },
  ])('$because', ({ runs, max, want }) => {
    expect(nextOf(runs, max)).toEqual(want);
    for (const { name } of runs.filter((each) => each.waits))
      expect(admissionOf(name, runs, max).slot).toBe(want.includes(name));
  });
});

describe('admissionOf', () => {
  const line = [
    run('b', '2026-01-02'),
    run('a', '2026-01-01'),
    run('c', '2026-01-03'),
    run('old', '2025-01-01', 'done'),
  ];
  it.each([
    { because: 'the oldest is first', name: 'a', runs: line, max: 1, want: { slot: true, position: 1 } },
    { because: 'the second waits', name: 'b', runs: line, max: 1, want: { slot: false, position: 2 } },
    {
      because: 'unless there are two slots',
      name: 'b',
      runs: line,
      max: 2,
      want: { slot: true, position: 2 },
    },
    {
      because: 'a held slot is not free',
      name: 'a',
      runs: [...line, run('h', '2026-02-01', 'holds')],
      max: 1,
      want: { slot: false, position: 1 },
    },
    {
      because: 'who holds one keeps it when the limit shrinks',
      name: 'h',
      runs: [run('h', 'x', 'holds'), run('i', 'x', 'holds')],
      max: 1,
      want: { slot: true, position: 0 },
    },
    {
      because: 'a run that somebody asked for goes before a reference run that is older',
      name: 'a',
      runs: [...line, reference('r', '2025-01-01')],
      max: 1,
      want: { slot: true, position: 1 },
    },
    {
      because: 'a reference run goes behind the youngest of them',
      name: 'r',
      runs: [...line, reference('r', '2025-01-01')],
      max: 3,
      want: { slot: false, position: 4 },
    },
    {
      because: 'reference runs among themselves go oldest first',
      name: 'r',
      runs: [reference('s', '2025-01-02'), reference('r', '2025-01-01')],
      max: 1,
      want: { slot: true, position: 1 },
    },
    {
      because: 'a reference run that holds a slot is not interrupted',
      name: 'a',
      runs: [...line, reference('r', '2026-02-01', 'holds')],
      max: 1,
      want: { slot: false, position: 1, holders: ['r'] },
    },
    {
      because: 'a finished run gets none',
      name: 'old',
      runs: line,
      max: 9,
      want: { slot: false, position: 0 },
    },
  ])('$because', ({ name, runs, max, want }) => {
    expect(admissionOf(name, runs, max)).toMatchObject(want);
  });

  it.each([
    { because: 'the first', runs: [], want: 1 },
    {
      because: 'the lowest that is free',
      runs: [numbered('h', 1), numbered('i', 3)],
      want: 2,
    },
    {
      because: 'never that of a stalled run, which holds no slot and may still have an app in its network',
      runs: [numbered('stalled', 1, 'done')],
      want: 2,
    },
    {
      because: 'what it has, whatever is free',
      runs: [numbered('h', 1), numbered('a', 4)],
      want: 4,
    },
  ])('gives a number of its own: $because', ({ runs, want }) => {
    const own = runs.some(({ name }) => name === 'a') ? [] : [run('a', 'y')];
    expect(admissionOf('a', [...runs, ...own], 9).number).toBe(want);
  });

  it('never lets a reference run stand before one that somebody asked for', () => {
    const waiting = fc.array(fc.tuple(fc.boolean(), fc.nat(5)), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(waiting, (given) => {
        const runs = given.map(([isReference, age], i) => ({ ...run(`r${i}`, String(age)), isReference }));
        const placesOf = (whether: boolean): number[] =>
          runs
            .filter(({ isReference }) => isReference === whether)
            .map(({ name }) => admissionOf(name, runs, 1).position);
        expect(Math.max(0, ...placesOf(false))).toBeLessThan(Math.min(Infinity, ...placesOf(true)));
      }),
    );
  });

  it('admitting one by one never goes past the limit', () => {
    const states = fc.array(
      fc.tuple(fc.constantFrom<'holds' | 'waits' | 'done'>('holds', 'waits', 'done'), fc.nat(5)),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(states, fc.integer({ min: 1, max: 4 }), (given, max) => {
        let runs = given.map(([state, age], i) => run(`r${i}`, String(age), state));
        const before = runs.filter((each) => each.holds).length;
        for (const each of runs) {
          const { slot, number } = admissionOf(each.name, runs, max);
          if (slot)
            runs = runs.map((other) =>
              other.name === each.name ? { ...other, holds: true, waits: false, number } : other,
            );
        }
        expect(runs.filter((each) => each.holds).length).toBeLessThanOrEqual(Math.max(before, max));
        const numbers = runs.flatMap(({ number }) => number ?? []);
        expect(new Set(numbers).size).toBe(numbers.length);
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { until, within } from './until.ts';

/** Sees 1, 2, 3 …, each look taking `takes` milliseconds, and waits for `wanted`. */
async function waited({
  wanted,
  takes = 0,
  every = 100,
}: {
  wanted: number;
  takes?: number;
  every?: number;
}) {
  let now = 0;
  let looks = 0;
  const pauses: number[] = [];
  const answer = await until(
    async () => {
      now += takes;
      return ++looks;
    },
    (seen) => (seen >= wanted ? `saw ${seen}` : undefined),
    {
      every,
      deadline: new Date(1_000),
      clock: { now: () => new Date(now) },
      wait: async (ms) => {
        pauses.push(ms);
        now += ms;
      },
      late: (seen) => `only saw ${seen}`,
    },
  );
  return { answer, pauses: pauses.length };
}

describe('until', () => {
  it.each([
    {
      because: 'what is there already is not waited for',
      given: { wanted: 1 },
      want: { answer: 'saw 1', pauses: 0 },
    },
    { because: 'each look is judged', given: { wanted: 4 }, want: { answer: 'saw 4', pauses: 3 } },
    {
      because: 'after the deadline it is looked once more',
      given: { wanted: 12 },
      want: { answer: 'saw 12', pauses: 11 },
    },
    {
      because: 'later looks are not taken',
      given: { wanted: 13 },
      want: { answer: 'only saw 12', pauses: 11 },
    },
    {
      because: 'a look that takes longer than there is time still counts',
      given: { wanted: 1, takes: 5_000 },
      want: { answer: 'saw 1', pauses: 0 },
    },
    {
      because: 'and is the last one',
      given: { wanted: 2, takes: 5_000 },
      want: { answer: 'only saw 1', pauses: 0 },
    },
  ])('$because', async ({ given, want }) => expect(await waited(given)).toEqual(want));

  it('asks for each pause anew, and throws what its parts throw', async () => {
    const pauses: number[] = [];
    const patience = {
      every: () => 10 * (pauses.length + 1),
      deadline: new Date(1),
      clock: { now: () => new Date(0) },
      wait: async (ms: number) => {
        if (pauses.push(ms) === 3) throw new Error('The step was stopped.');
      },
      late: () => 'late',
    };
    await expect(
      until(
        async () => null,
        () => undefined,
        patience,
      ),
    ).rejects.toThrow('The step was stopped.');
    expect(pauses).toEqual([10, 20, 30]);
  });

  it('has a clock of its own where there is none', async () => {
    const late = (seen: number): string => `late at ${seen}`;
    const never = (): undefined => undefined;
    expect(await until(async () => 7, never, { ...within(0), every: 1, late })).toBe('late at 7');
  });
});

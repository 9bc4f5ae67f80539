import { describe, expect, it } from 'vitest';
import { asked, BENCHES } from '../bench/arguments.ts';
import { median, spread } from '../bench/figures.ts';
import { type Pair, stageTable, type Timed } from '../bench/stage-table.ts';

describe('the command line of the benches', () => {
  it.each([
    {
      because: 'the short ones, where none is named',
      args: [],
      want: { names: ['runs', 'store'], times: 5 },
    },
    { because: 'one', args: ['stages', '--times', '2'], want: { names: ['stages'], times: 2 } },
    { because: 'several', args: ['store', 'runs'], want: { names: ['runs', 'store'], times: 5 } },
    { because: 'help, whatever else is wrong', args: ['--help', 'nothing'], want: { help: true } },
  ])('$because', ({ args, want }) => {
    expect(asked(args)).toEqual(want);
  });

  it.each([
    { because: 'an unknown bench is told the known ones', args: ['stage'], says: BENCHES.join(', ') },
    { because: 'no times', args: ['--times', '0'], says: '"0"' },
    { because: 'half a time', args: ['--times', '1.5'], says: '"1.5"' },
    { because: 'times without a number', args: ['--times', 'many'], says: '"many"' },
    { because: 'times without a value', args: ['--times'], says: '--times' },
    { because: 'an unknown option', args: ['--time', '2'], says: '--time' },
  ])('refuses: $because', ({ args, says }) => {
    expect(asked(args)).toEqual({ problem: expect.stringContaining(says) });
  });
});

describe('the figures of the benches', () => {
  it('are the middle of an odd count, and the mean of the two middles of an even one', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
    expect(spread([3, 1, 2], 0)).toBe('2 (1 to 3, n=3)');
  });

  const timed = (total: number, lint: number, install: number): Timed => ({
    total,
    stages: new Map([
      ['lint', lint],
      ['install', install],
    ]),
  });

  it('show each stage, what no stage owns, and the whole', () => {
    const pairs: Pair[] = [
      { ours: timed(20, 4, 12), bare: timed(16, 1, 14) },
      { ours: timed(24, 4, 16), bare: timed(16, 3, 12) },
    ];
    expect(stageTable(pairs).map((line) => line.split(/ {2,}/))).toEqual([
      ['stage', 'ours s', 'bare s', 'ratio', 'min to max', 'ours - bare s', 'share'],
      ['lint', '4.00', '2.00', '2.67', '1.33 to 4.00', '2.00', '50 %'],
      ['install', '14.00', '13.00', '1.10', '0.86 to 1.33', '1.00', '4 %'],
      ['between', '4.00', '1.00', '4.00', '4.00 to 4.00', '3.00', '75 %'],
      ['whole', '22.00', '16.00', '1.38', '1.25 to 1.50', '6.00', '27 %'],
    ]);
  });

  it('are refused where the two did not do the same', () => {
    const bare = { total: 5, stages: new Map([['lint', 1]]) };
    expect(() => stageTable([{ ours: timed(20, 4, 12), bare }])).toThrow('Only one of the two did install.');
  });
});

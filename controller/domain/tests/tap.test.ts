import { describe, expect, it } from 'vitest';
import { tapOf } from './tap.ts';

describe('tapOf', () => {
  it('tells tests, their times, and the assertion before the place', () => {
    const text = [
      '1..3',
      'ok 1 good one in 72ms',
      'not ok 2 bad one in 30ms',
      '# (in test file tests/x.bats, line 2)',
      '#   `[ "$status" -eq 0 ]\' failed with status 2',
      '# some output',
      'ok 3 later in 52ms # skip not now',
    ];
    expect(tapOf(text.join('\n'))).toEqual({
      planned: 3,
      results: [
        { name: 'good one', state: 'passed', durationMs: 72, message: '' },
        {
          name: 'bad one',
          state: 'failed',
          durationMs: 30,
          message:
            '`[ "$status" -eq 0 ]\' failed with status 2\n(in test file tests/x.bats, line 2)\nsome output',
        },
        { name: 'later', state: 'skipped', durationMs: 52, message: '' },
      ],
    });
  });

  it('tells how many did not come to their turn', () => {
    expect(tapOf('1..3\nok 1 a\n')).toMatchObject({ planned: 3, results: [{ name: 'a' }] });
    expect(tapOf('Killed\n')).toEqual({ planned: null, results: [] });
  });
});

import { expect, it } from 'vitest';
import { makeSteadyClock, steadySpan, systemClock } from './clock.ts';

it('goes on at its own pace where the wall clock is set forward or back', () => {
  let wall = 1_000_000;
  let spent = 50;
  const clock = makeSteadyClock({ now: () => new Date(wall) }, () => spent);
  for (const step of [3_600_000, -7_200_000]) {
    const before = clock.now().getTime();
    wall += step;
    spent += 10;
    expect(clock.now().getTime() - before).toBe(10);
  }
});

it('is the same clock for all processes of a boot', () => {
  const seen = systemClock.steady?.();
  expect(seen?.boot).toMatch(/^[0-9a-f-]{36}$/);
  expect(steadySpan(seen, systemClock.steady?.())).toBeGreaterThanOrEqual(0);
});

it.each([
  { because: 'in one boot', from: { boot: 'a', ms: 5 }, to: { boot: 'a', ms: 9 }, want: 4 },
  {
    because: 'over a restart of the machine',
    from: { boot: 'a', ms: 5 },
    to: { boot: 'b', ms: 9 },
    want: null,
  },
  { because: 'from what was not recorded', from: null, to: { boot: 'b', ms: 9 }, want: null },
])('is $want $because', ({ from, to, want }) => expect(steadySpan(from, to)).toBe(want));

import { expect, it } from 'vitest';
import { makePulse } from './pulse.ts';

const START = new Date('2026-11-30T12:00:00Z').getTime();

it('tells of the reconcile that has gone on for the longest time, until it ends', () => {
  let now = START;
  const pulse = makePulse({ now: () => new Date(now) });
  expect(pulse.problem()).toBeNull();
  const first = pulse.began('testrun/ghost-1');
  now += 4 * 60_000;
  const second = pulse.began('testrun/ghost-1');
  expect(pulse.problem()).toBeNull();
  now += 60_000;
  expect(pulse.problem()).toBe('The reconcile of testrun/ghost-1 has not ended for 5 minutes.');
  first();
  first();
  expect(pulse.problem()).toBeNull();
  now += 10 * 60_000;
  expect(pulse.problem()).toContain('11 minutes');
  second();
  expect(pulse.problem()).toBeNull();
});

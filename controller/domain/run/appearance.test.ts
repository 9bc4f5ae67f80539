import { expect, it } from 'vitest';
import { decidingStep } from './appearance.ts';

it.each([
  { because: 'nothing went wrong', states: ['passed', 'skipped', 'running', 'absent'], want: '' },
  { because: 'the first that failed', states: ['passed', 'failed', 'errored'], want: 'b' },
  { because: 'not what was left unverified before it', states: ['unverified', 'failed'], want: 'b' },
  {
    because: 'what was left unverified, where nothing went wrong',
    states: ['passed', 'unverified'],
    want: 'b',
  },
])('the step that decided is $because', ({ states, want }) => {
  const steps = states.map((state, index) => ({ name: 'abcd'.charAt(index), state }));
  expect(decidingStep(steps)).toBe(want);
});

import { expect, it } from 'vitest';
import { makeTurns } from '../turns.ts';

/** `a says`, or `a.` for its end. */
function toldBy(steps: readonly string[]): string {
  let told = '';
  const turns = makeTurns(['a', 'b', 'c'], (text) => (told += text));
  for (const step of steps)
    if (step.endsWith('.')) turns.end(step.slice(0, -1));
    else turns.say(step.slice(0, 1), step.slice(1));
  return told;
}

it.each([
  { because: 'who has the turn is heard at once', steps: ['a1', 'a2'], want: '12' },
  { because: 'who has not is kept', steps: ['b1', 'a2', 'c3'], want: '2' },
  {
    because: 'what was kept comes when its turn does, and is heard at once from then on',
    steps: ['b1', 'a2', 'a.', 'b3'],
    want: '213',
  },
  {
    because: 'who ended before its turn is told whole, and the next one after it',
    steps: ['c1', 'b2', 'b.', 'c3', 'a4', 'a.', 'c5'],
    want: '42135',
  },
  { because: 'who says nothing keeps nobody waiting', steps: ['c1', 'b.', 'a.'], want: '1' },
  { because: 'who ends last is told last', steps: ['c1', 'c.', 'b2', 'b.', 'a3', 'a.'], want: '321' },
])('$because', ({ steps, want }) => expect(toldBy(steps)).toBe(want));

import { expect, it } from 'vitest';
import { counted } from './count.ts';

it.each([
  { count: 0, want: 'no secrets' },
  { count: 1, want: '1 secret' },
  { count: 12, want: '12 secrets' },
])('$want', ({ count, want }) => expect(counted(count, 'secret')).toBe(want));

import { expect, it } from 'vitest';
import type { ComparedRow } from '../../api/resources.ts';
import { amountText, changeText } from './resource-text.ts';

const MIB = 1024 * 1024;
const MEMORY: ComparedRow = {
  what: 'memory of "app"',
  unit: 'bytes',
  now: 138 * MIB,
  median: 100 * MIB,
  percent: 38,
  since: '2.3.1',
  flagged: true,
};

it.each([
  { value: 0, unit: 'bytes', want: '0 MiB' },
  { value: 203, unit: 'bytes', want: '< 0.1 MiB' },
  { value: 2.26 * MIB, unit: 'bytes', want: '2.3 MiB' },
  { value: 137.6 * MIB, unit: 'bytes', want: '138 MiB' },
  { value: 4.24, unit: 'seconds', want: '4.2 s' },
  { value: 61.7, unit: 'seconds', want: '62 s' },
] as const)('$value $unit is $want', ({ value, unit, want }) => expect(amountText(value, unit)).toBe(want));

it.each([
  { because: 'more', over: {}, want: '+38 % since 2.3.1' },
  { because: 'less', over: { percent: -5 }, want: '-5 % since 2.3.1' },
  { because: 'the same', over: { percent: 0 }, want: '+0 % since 2.3.1' },
  { because: 'from nothing', over: { percent: null, median: 0 }, want: 'from 0 MiB since 2.3.1' },
  { because: 'a run without a version', over: { since: null }, want: '+38 % since the last green run' },
])('says $because', ({ over, want }) => expect(changeText({ ...MEMORY, ...over })).toBe(want));

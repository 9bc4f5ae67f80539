import { describe, expect, it } from 'vitest';
import { goText } from './go-text.ts';

describe('a value as docker writes it', () => {
  it.each([
    [1_234_567.5, '1.2345675e+06'], [123_456.5, '123456.5'], [1e21, '1e+21'], [1e20, '1e+20'], [12_345_678, '12345678'],
    [0.0001, '0.0001'], [0.00001, '1e-05'], [1e-7, '1e-07'], [123_456_789_012.5, '1.234567890125e+11'], [-1.5, '-1.5'],
    [0, '0'], ['x', 'x'], [true, 'true'],
  ])('%j is %s', (value, want) => expect(goText(value)).toBe(want)); // oxfmt-ignore
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeDollars, fillCompose } from './compose.ts';

const env = { A: 'a', EMPTY: '' };
const interpolate = (text: string, values: Record<string, string>): unknown =>
  fillCompose({ text }, values, 'compose.yml')['text'];

describe('a text of a compose file', () => {
  it.each([
    ['$A and ${A}', 'a and a'],
    ['${NONE}x', 'x'],
    ['${EMPTY:-d}${EMPTY-e}', 'd'],
    ['${NONE:-d}${NONE-e}', 'de'],
    ['${TIMEOUT:-300}', '300'],
    ['$$A', '$A'],
    ['{{ env "STACK_NAME" }}_app', '{{ env "STACK_NAME" }}_app'],
    ['Host(`${A}`)', 'Host(`a`)'],
    ['${NONE:-https://x/y?z}', 'https://x/y?z'],
  ])('%s → %s', (template, want) => expect(interpolate(template, env)).toBe(want));

  it.each([
    ['${NONE:?set it}', /NONE.*set it/],
    ['${EMPTY:?set it}', /EMPTY/],
    ['^foo$', /invalid interpolation/],
    ['${}', /invalid interpolation/],
    ['${A:+yes}${NONE:+no}', /invalid interpolation/],
  ])('%s is refused', (template, want) => expect(() => interpolate(template, env)).toThrow(want));

  it('gives back any text that docker would read after us', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(interpolate(String(escapeDollars(text)), env)).toBe(text);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visible } from './visible.ts';

describe('visible', () => {
  it.each([
    {
      because: 'a name that is turned around',
      text: 'green \u202egnp.test',
      want: 'green \\u{202E}gnp.test',
    },
    { because: 'isolates', text: '\u2066a\u2069', want: '\\u{2066}a\\u{2069}' },
    { because: 'a blank of no width', text: 'ap\u200bp', want: 'ap\\u{200B}p' },
    { because: 'a mark of byte order', text: '\ufeffa', want: '\\u{FEFF}a' },
    { because: 'an end of line that terminals do not show', text: 'a\u2028b', want: 'a\\u{2028}b' },
    { because: 'a message in tags', text: 'a\u{e0041}', want: 'a\\u{E0041}' },
    { because: 'letters of any script', text: 'Größe 日本語 עברית', want: 'Größe 日本語 עברית' },
  ])('shows $because', ({ text, want }) => expect(visible(text)).toBe(want));

  it('leaves nothing that turns a line around', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0x10ffff })), (points) => {
        const text = `\u202e${String.fromCodePoint(...points)}\u200b`;
        expect(visible(text)).not.toMatch(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coloursOnly, stripColours } from './ansi.ts';

const E = '\u001b';

describe('of what steers a terminal only colours are left', () => {
  it.each([
    { because: 'text is text', text: 'a\tb ä €', want: 'a\tb ä €' },
    { because: 'colours stay', text: `${E}[1;38;5;196mred${E}[0m`, want: `${E}[1;38;5;196mred${E}[0m` },
    { because: 'a screen is not cleared, nor a cursor moved', text: `a${E}[2J${E}[10;10Hb`, want: 'ab' },
    { because: 'a question to the terminal is none', text: `a${E}[6nb${E}[?25lc`, want: 'abc' },
    { because: 'a title is not set', text: `a${E}]0;title\u0007b${E}]2;t${E}\\c`, want: 'abc' },
    { because: 'a link leads nowhere', text: `${E}]8;;javascript:alert(1)${E}\\x${E}]8;;${E}\\`, want: 'x' },
    { because: 'a string without an end hides nothing', text: `a${E}]8;;shown`, want: 'a8;;shown' },
    { because: 'a sequence without an end is only its beginning', text: `a${E}[31`, want: 'a31' },
    { because: 'what would be overwritten is seen', text: 'error\rfine', want: 'error␍fine' },
    { because: 'other control characters are seen', text: 'a\0b\u0007c\u009bd', want: 'a?b?c?d' },
    { because: 'half a letter is none', text: 'a\ud800b', want: 'a\ufffdb' },
    { because: 'direction is not turned', text: 'a\u202eb', want: 'a\\u{202E}b' },
    { because: 'an ESC at the end is nothing', text: `a${E}`, want: 'a' },
    { because: 'two ESC in a row are none', text: `a${E}${E}[31mb`, want: `a${E}[31mb` },
  ])('$because', ({ text, want }) => expect(coloursOnly(text)).toBe(want));

  it('so nothing but colours begins with ESC, whatever is written', () => {
    const piece = fc.constantFrom(
      E,
      '[',
      ']',
      'm',
      '31',
      ';',
      'P',
      '\\',
      '\u0007',
      'x',
      '\u009b',
      '\r',
      '(',
      'J',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const clean = coloursOnly(pieces.join(''));
        // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
        expect(stripColours(clean)).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/);
        expect(coloursOnly(clean)).toBe(clean);
      }),
    );
  });

  it('takes as long as the text is, and no longer', () => {
    const half = `${E}]`.repeat(5_000);
    expect(coloursOnly(half)).toBe('');
    expect(coloursOnly(`${E}[`.repeat(5_000))).toBe('');
  });
});

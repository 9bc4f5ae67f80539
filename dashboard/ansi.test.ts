import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spansOf } from './ansi.ts';

const E = '\u001b';
const shown = (text: string): string =>
  spansOf(text)
    .map((span) => (span.classes === '' ? span.text : `<${span.classes}>${span.text}</>`))
    .join('');

describe('colours of a log', () => {
  it.each([
    { because: 'text without colours is one span', text: 'plain', want: 'plain' },
    { because: 'an empty text is none', text: '', want: '' },
    { because: 'red is red until it is reset', text: `a${E}[31mb${E}[0mc`, want: 'a<a-ink1>b</>c' },
    { because: 'nothing is a reset', text: `${E}[1mb${E}[mc`, want: '<a-bold>b</>c' },
    { because: 'several at once', text: `${E}[1;4;33;44mx`, want: '<a-bold a-under a-ink3 a-paper4>x</>' },
    { because: 'bright is the same colour', text: `${E}[92mx${E}[39my`, want: '<a-ink2>x</>y' },
    { because: 'one of 256 is the nearest', text: `${E}[38;5;196mx`, want: '<a-ink1>x</>' },
    { because: 'one of millions too', text: `${E}[38;2;20;30;250mx`, want: '<a-ink4>x</>' },
    { because: 'colons are as good', text: `${E}[38:5:46mx`, want: '<a-ink2>x</>' },
    { because: 'grey is white', text: `${E}[38;5;255mx`, want: '<a-ink7>x</>' },
    { because: 'what has no meaning has none', text: `${E}[999mx${E}[38mx`, want: 'xx' },
    {
      because: 'a mark ends alone',
      text: `${E}[1;3mx${E}[22my`,
      want: '<a-bold a-italic>x</><a-italic>y</>',
    },
  ])('$because', ({ text, want }) => expect(shown(text)).toBe(want));

  it('never make a class of what a stranger wrote, and lose no letter', () => {
    const piece = fc.constantFrom(`${E}[`, '31', ';', ':', 'm', '0', 'x', '"', '<', '38;5;', '48;2;1;2;3');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        const spans = spansOf(text);
        // oxlint-disable-next-line no-control-regex -- it is what it looks for
        expect(spans.map((span) => span.text).join('')).toBe(text.replaceAll(/\u001b\[[\d;:]*m/g, ''));
        for (const { classes } of spans) expect(classes).toMatch(/^(?:a-[a-z]+[0-7]?(?: |$))*$/);
      }),
    );
  });
});

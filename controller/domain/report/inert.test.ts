import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cell, code, codeCell, prose } from './inert.ts';
import { activeIn, hostileText as hostile } from './testing.ts';

describe('prose', () => {
  it.each([
    {
      because: 'plain words stay words',
      text: 'Passed: lint, install (twice).',
      want: 'Passed: lint, install (twice).',
    },
    {
      because: 'quotes and versions are plain',
      text: 'service "db" of 1.2.0 exited 1.',
      want: 'service "db" of 1.2.0 exited 1.',
    },
    { because: 'a mention is code', text: 'ask @ada now', want: 'ask `@ada` now' },
    { because: 'an issue is code', text: 'see #12 and !7', want: 'see `#12` and `!7`' },
    { because: 'neighbours share a span', text: 'see #12 @ada now', want: 'see `#12 @ada` now' },
    { because: 'a commit is code', text: 'at a1b2c3d4 today', want: 'at `a1b2c3d4` today' },
    { because: 'a key of another tracker is code', text: 'as OPS-12 says', want: 'as `OPS-12` says' },
    {
      because: 'an address is code',
      text: 'at https://x.example/?a=b, often',
      want: 'at `https://x.example/?a=b`, often',
    },
    { because: 'a name of a host is code', text: 'at www.example.org', want: 'at `www.example.org`' },
    { because: 'HTML is code', text: 'a <img src=x> b', want: 'a `<img src=x>` b' },
    {
      because: 'the stop of a sentence is not code',
      text: 'from 1.1.0+1.26: two',
      want: 'from `1.1.0+1.26`: two',
    },
    { because: 'an emoji is code', text: 'so :smile: it', want: 'so `:smile:` it' },
    {
      because: 'what was quoted stays quoted',
      text: 'say `!testme` (or `a`, `b`).',
      want: 'say `!testme` (or `a`, `b`).',
    },
    { because: 'an empty span makes no word of two', text: 'so!``7', want: 'so! 7' },
    { because: 'nothing before it makes a beginning none', text: '``\u0000``:', want: '`:`' },
    { because: 'spans do not touch', text: '`a``b` @c`d`', want: '`a` `b` `@c` `d`' },
    { because: 'a backtick that opens nothing opens nothing', text: 'a ` @b', want: 'a `@b`' },
    { because: 'lines become one', text: 'a\n\n# b\n- c', want: 'a `#` b `-` c' },
    { because: 'a definition does not begin', text: ': the word', want: '`:` the word' },
    { because: 'a list does not begin', text: '1. one 2. two', want: '`1.` one 2. two' },
    { because: 'a text that turns round is shown', text: 'a \u202egnp', want: 'a gnp' },
    { because: 'colours are taken out', text: '\u001b[31mred\u001b[0m', want: 'red' },
    { because: 'a number may have a sign', text: '+38 % or -2', want: '+38 % or -2' },
    { because: 'nothing is nothing', text: ' \n ', want: '' },
  ])('$because', ({ text, want }) => expect(prose(text)).toBe(want));
});

describe('code', () => {
  it.each([
    { because: 'one backtick is enough', text: 'a', want: '`a`' },
    { because: 'unless there are some', text: 'a `` b', want: '``` a `` b ```' },
    { because: 'nothing is no span', text: '\u0000', want: '' },
  ])('$because', ({ text, want }) => expect(code(text)).toBe(want));
});

it.each([
  { because: 'a sentence', of: (text: string) => prose(text) },
  { because: 'a sentence cut anywhere', of: (text: string) => prose(text, 1 + (text.length % 17)) },
  { because: 'a code span', of: (text: string) => code(text) },
  { because: 'two sentences beside each other', of: (text: string) => `${prose(text)} ${prose(text)}` },
])('nothing of what strangers write is active in $because', ({ of }) => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(activeIn(of(text))).toEqual([]);
    }),
    { numRuns: 3_000 },
  );
});

it.each([{ of: cell }, { of: codeCell }])('no cell holds a bar or a line', ({ of }) => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(of(text)).not.toMatch(/[|\n\r]/);
      expect(activeIn(of(text))).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

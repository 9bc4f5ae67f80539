/** What strangers would write, and what in a piece of Markdown would do something on a forge, reading code spans as CommonMark does; for tests. */
import fc from 'fast-check';

/** Patterns of CommonMark, its extensions on GitHub, and of what Gitea makes of text: mentions, references, commits, emoji. */
const ACTIVE: readonly (readonly [what: string, RegExp])[] = [
  ['mention', /@/],
  ['reference', /[#!][0-9A-Za-z]/],
  ['commit', /[0-9a-f]{7}/i],
  ['tracker', /[A-Z]-\d/],
  ['emoji', /:[\w+-]+:/],
  ['address', /\/\/|www\.|mailto:|\w\.[a-z]/i],
  ['html or quote', /[<>]/],
  ['link or image', /[[\]]/],
  ['entity', /&/],
  ['emphasis', /[*_~$=^{}\\|]/],
  ['block', /^\s*(?:[-+#>](?!\d)|:|\d+[.)])|^ {4}|[\n\r\t]/],
  ['control', /[\p{C}\u2028\u2029]/u],
  ['backtick', /`/],
];

export function activeIn(markdown: string): string[] {
  const left = withoutCode(markdown);
  return ACTIVE.filter(([, pattern]) => pattern.test(left)).map(
    ([what]) => `${what} in ${JSON.stringify(left)}`,
  );
}

/** A run of backticks is closed by the next run of the same length; one that is not closed is text. */
export function withoutCode(markdown: string): string {
  let rest = markdown;
  let text = '';
  for (let open = /`+/.exec(rest); open !== null; open = /`+/.exec(rest)) {
    const after = rest.slice(open.index + open[0].length);
    const close = [...after.matchAll(/`+/g)].find(([run]) => run.length === open[0].length);
    text += rest.slice(0, open.index) + (close === undefined ? open[0] : '\u25a1');
    rest = close === undefined ? after : after.slice(close.index + close[0].length);
  }
  return text + rest;
}

/** What strangers would write, in pieces, besides anything at all. */
export const nastyPieces = [
  ...'@ada|#12|!7|org/repo#1|org/repo@a1b2c3d4|a1b2c3d4e5f6|:smile:|<b>|</details>|<!--|-->|<a href=x>|![x](y)|[x](y)'.split(
    '|',
  ),
  '[x]: y',
  '[[wiki]]',
  '[^1]',
  '`',
  '``',
  '```',
  '~~~',
  '\\',
  '\\`',
  '|',
  '\n',
  '\r',
  '\t',
  ' ',
  '  ',
  '    ',
  '>',
  '- ',
  '* ',
  '1. ',
  '***',
  '___',
  '**b**',
  '_i_',
  '~~s~~',
  '$x$',
  'http://x.example',
  'www.x.example',
  'a@x.example',
  'mailto:a@x.example',
  '&amp;',
  '&#64;ada',
  '---',
  '===',
  '- [ ] x',
  '\u202e',
  '\u200b',
  '\ud83d',
  '\ude00',
  '😀',
  'ABC-12',
  '(',
  ')',
  ':',
  '!',
  'word',
  '0',
];
export const hostileText = fc.oneof(
  fc
    .array(fc.oneof(fc.constantFrom(...nastyPieces), fc.string({ unit: 'binary', maxLength: 4 })), {
      maxLength: 20,
    })
    .map((all) => all.join('')),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
);

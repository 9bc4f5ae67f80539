/** Says what in a piece of Markdown would do something on a forge, by reading code spans as CommonMark does; for tests. */

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
  ['block', /^\s*(?:[-+#>](?!\d)|\d+[.)])|^ {4}|[\n\r\t]/],
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

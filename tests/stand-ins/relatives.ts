/** What looks like `!testme` and is not: each of them asks for nothing, from whomever it comes. */
export const RELATIVES: readonly string[] = [
  '!testmexyz',
  'x!testme',
  '!testme please',
  'please !testme',
  '!TESTME',
  '! testme',
  '!testme\n!testme',
  '> !testme',
  '`!testme`',
  '```\n!testme\n```',
  '    !testme',
  '!testme\u200b',
  '\u202e!testme',
  '<!-- -->!testme',
  '<!-- cc-ci:ghost#1 -->!testme',
];

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandOf } from './command.ts';

describe('a command', () => {
  it.each([
    { because: 'it is all that stands there', body: '!testme', want: 'test' },
    { because: 'white space around it is typed by accident', body: '\n  !testme \t\r\n\r\n', want: 'test' },
    { because: 'a blank line may hold spaces', body: '     \n\t\n!testme', want: 'test' },
    { because: 'it is one of three', body: '!testme help', want: 'help' },
    { because: 'it is one of three', body: '!testme cancel\r\n', want: 'cancel' },
  ])('$body is heard: $because', ({ body, want }) => expect(commandOf(body)).toBe(want));

  it.each([
    { because: 'another word', body: '!testmexyz' },
    { because: 'another word', body: '!testme2' },
    { because: 'another word', body: '!test me' },
    { because: 'part of a sentence', body: 'please !testme' },
    { because: 'part of a sentence', body: '!testme please' },
    { because: 'part of a sentence', body: '!testme.' },
    { because: 'said twice', body: '!testme !testme' },
    { because: 'said twice', body: '!testme\n!testme' },
    { because: 'two lines', body: '!testme\ncancel' },
    { because: 'two lines', body: 'Fixed.\n\n!testme' },
    { because: 'capitals', body: '!TestMe' },
    { because: 'two spaces', body: '!testme  help' },
    { because: 'a tab inside', body: '!testme\thelp' },
    { because: 'no such command', body: '!testme constructor' },
    { because: 'no such command', body: '!testme toString' },
    { because: 'no such command', body: '!testme all' },
    { because: 'quoted', body: '> !testme' },
    { because: 'in code', body: '`!testme`' },
    { because: 'a code block by indentation', body: '    !testme' },
    { because: 'a code block by indentation', body: '\t!testme' },
    { because: 'a code block by indentation', body: '\n \t!testme' },
    { because: 'fenced', body: '```\n!testme\n```' },
    { because: 'fenced', body: '~~~\n!testme\n~~~' },
    { because: 'a list', body: '- !testme' },
    { because: 'emphasis', body: '**!testme**' },
    { because: 'escaped', body: '\\!testme' },
    { because: 'a comment of HTML', body: '<!-- !testme -->' },
    { because: 'a zero-width space before it', body: '\u200B!testme' },
    { because: 'a zero-width joiner inside', body: '!test\u200Dme' },
    { because: 'a byte order mark', body: '\uFEFF!testme' },
    { because: 'a full-width exclamation mark', body: '\uFF01testme' },
    { because: 'a Cyrillic letter', body: '!t\u0435stme' },
    { because: 'a no-break space', body: '!testme\u00A0' },
    { because: 'a no-break space inside', body: '!testme\u00A0help' },
    { because: 'a line separator', body: '!testme\u2028' },
    { because: 'a vertical tab', body: '\u000B!testme' },
    { because: 'NUL', body: '!testme\u0000' },
    { because: 'a right-to-left mark', body: '\u202E!testme' },
    { because: 'nothing', body: '' },
    { because: 'nothing but white space', body: ' \n \n' },
    { because: 'longer than any command', body: `!testme${' '.repeat(500)}` },
  ])('$body is none: $because', ({ body }) => expect(commandOf(body)).toBeNull());

  it('is no other text, however near it comes', () => {
    const near = fc.array(
      fc.constantFrom(
        '!testme',
        '!',
        'testme',
        ' ',
        '\n',
        '\r\n',
        '\t',
        'help',
        'cancel',
        '>',
        '`',
        '\u00A0',
        '\u200B',
        'x',
      ),
      { maxLength: 7 },
    );
    fc.assert(
      fc.property(near, (parts) => {
        const body = parts.join('');
        // Said anew, and otherwise than the code says it.
        const lines = body.split(/\r\n|\n/);
        const said = lines.filter((line) => /[^ \t\r]/.test(line));
        const [only = ''] = said;
        const isOne = said.length === 1 && /^ {0,3}!testme( help| cancel)?[ \t\r]*$/.test(only);
        expect(commandOf(body) !== null).toBe(isOne);
      }),
      { numRuns: 20_000 },
    );
  });

  it('takes no time over a long text', () => {
    expect(commandOf(`${'\n'.repeat(1_000_000)}!testme`)).toBeNull();
    expect(commandOf(` \n`.repeat(99) + 'x')).toBeNull();
  });
});

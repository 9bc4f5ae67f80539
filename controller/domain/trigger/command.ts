/** What a comment asks of cc-ci: it has to be a command and nothing else, or it asks nothing. Pure. */

export type Command = 'test' | 'help' | 'cancel';

const COMMANDS: Readonly<Record<string, Command>> = {
  '!testme': 'test',
  '!testme help': 'help',
  '!testme cancel': 'cancel',
};

/**
 * Blank lines before, up to three spaces, the command, white space after.
 * Four spaces or a tab before it make it a code block, and only what a keyboard types counts as white space:
 * what looks like nothing, such as a zero-width space, may hide what was quoted.
 */
const ALONE = /^(?:[ \t]*\r?\n)* {0,3}(?<asked>!testme(?: [a-z]+)?)[ \t\r\n]*$/;

/** No command is longer than this with its white space; the rest need not be looked at. */
const MOST_CHARACTERS = 200;

export function commandOf(body: string): Command | null {
  if (body.length > MOST_CHARACTERS) return null;
  const asked = ALONE.exec(body)?.groups?.['asked'] ?? '';
  return Object.hasOwn(COMMANDS, asked) ? (COMMANDS[asked] ?? null) : null;
}

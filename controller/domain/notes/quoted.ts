/** Words of a stranger's recipe, made fit to be quoted in notes for operators. Pure. */
import { stripVTControlCharacters } from 'node:util';

const MAX_QUOTED = 120;

/** On one line, without what moves a cursor or turns the direction of the text. */
export function plainLine(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim();
}

/** In backticks, as Markdown has it: more of them where the text has some itself. */
export function code(text: string): string {
  const line = plainLine(text);
  const short = line.length <= MAX_QUOTED ? line : `${line.slice(0, MAX_QUOTED - 1)}…`;
  const longest = Math.max(0, ...[...short.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${short}${fence}` : `${fence} ${short} ${fence}`;
}

export const CONFIGURE = '`abra app config <domain>`';

/** Wider than lint's: a value that is not shown is missed by nobody. */
const SECRET_NAME = /PASS|PWD|SECRET|TOKEN|CREDENTIAL|PRIVATE|SALT|KEYS?(?:_|\d*$)/i;
/** `postgres://user:hunter2@db`, `https://0a1b2c@errors.example.org/1`. */
const USER_IN_ADDRESS = /:\/\/[^/\s]*@/;

/** A value as it may be shown; null where it may be a secret, or hold one. */
export function shownValue(name: string, value: string): string | null {
  if (value === '') return 'nothing';
  return SECRET_NAME.test(name) || USER_IN_ADDRESS.test(value) ? null : code(value);
}

/** Only what looks like one: whoever wrote a password there shall not find it here. */
export function shownVersion(version: string): string {
  return /^v?\d{1,6}$/i.test(version) ? version : '<version>';
}

export const listed = (names: readonly string[]): string => names.map(code).join(', ');

/** Text that came from elsewhere, made safe for a terminal. */
import { stripVTControlCharacters } from 'node:util';
import { visible } from '../domain/text/visible.ts';

/** What a recipe's code prints must not move the cursor, set the title or answer for us: control characters become `?`, tabs stay, and what has no picture is shown as its escape. */
export function printable(text: string): string {
  return visible(stripVTControlCharacters(text).replaceAll(/[^\P{Cc}\t]/gu, '?'));
}

/** One line for a table cell. */
export function oneLine(text: string): string {
  return printable(text.replaceAll(/\s*\n\s*/g, ' ').trim());
}

/** Indents every line. */
export function indent(text: string, by: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? line : by + line))
    .join('\n');
}

/** An operator may have put a password into a git address; who reads a page is anybody. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/(https?:\/\/)[^\s/]+@/g, '$1***@');
}

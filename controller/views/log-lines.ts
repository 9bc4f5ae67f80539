/** Lines of a log as anybody may read them. Pure. */
import type { LogLine } from '../api/stage.ts';
import { coloursOnly, stripColours } from '../domain/text/ansi.ts';
import { printable, withoutCredentials } from './text.ts';

/** Of one line; all of it is in the raw log. */
const MOST_LETTERS = 10_000;

/** Of what steers a terminal only colours are left. */
export function publicText(text: string): string {
  const left = text.length - MOST_LETTERS;
  const cut =
    left > 0 ? `${text.slice(0, MOST_LETTERS)} … (${left} more characters are in the raw log)` : text;
  return coloursOnly(withoutCredentials(cut));
}

export function publicLine({ time, level, from, text }: LogLine): LogLine {
  return { time, level, from: printable(from), text: publicText(text) };
}

/** Without colours, for a file. */
export function plainLine(line: LogLine): LogLine {
  const { text, ...rest } = publicLine(line);
  return { ...rest, text: stripColours(text) };
}

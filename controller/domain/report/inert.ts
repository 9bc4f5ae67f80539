/** Text of strangers as Markdown that does nothing: no link, mention, reference, picture, HTML or emoji can come of it. Pure. */
import { plainLine } from '../notes/quoted.ts';
import { visible } from '../text/visible.ts';
import { shorten } from './shorten.ts';

/** On one line, with everything that has no picture shown as its escape. */
function lineOf(text: string, most: number): string {
  // A megabyte is not read for the sake of its first line.
  return shorten(visible(plainLine(shorten(text, 10 * most))), most);
}

/** In as many backticks as it takes: nothing in a code span is looked at again, neither by Markdown nor by the forge. Empty where the text is. */
export function code(text: string, most = 200): string {
  const line = lineOf(text, most);
  if (line === '') return '';
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}

/** Words of letters and digits, numbers and versions, with punctuation around them that means nothing. */
const HARMLESS = /^["'(]*(?:[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*|[+-]?\d+(?:\.\d+)*)?[%…]?[)"'.,;:!?…]*$/u;
/** Commits, the keys of other trackers (`ABC-12`) and what may become an address, which forges turn into links. */
const LINKED = /[0-9a-f]{7}|[A-Z]-\d|www|mailto/i;
/** Anything else at the beginning of a line may begin a list, a definition or a quotation. */
const BEGINS_A_SENTENCE = /^["'(]*[+-]?(?!\d+[.)])[\p{L}\p{N}]/u;

interface Piece {
  readonly isCode: boolean;
  /** It stood in backticks: all of it is meant. */
  readonly isExact: boolean;
  readonly text: string;
  readonly isAfterSpace: boolean;
}

/** A sentence that holds words of strangers: what is not certainly harmless stands in code spans, and so does what stood in backticks. */
export function prose(text: string, most = 500): string {
  const parts = lineOf(text, most).split('`');
  // Of an odd number of backticks the last one opens nothing.
  const isPaired = (index: number): boolean => index % 2 === 1 && index < parts.length - 1;
  return written(parts.flatMap((part, index) => (isPaired(index) ? quoted(part) : piecesOf(part))));
}

/** The same for a cell of a table, whose bars would end it, also within code. */
export function cell(text: string, most = 160): string {
  return prose(text.replaceAll('|', '¦'), most);
}

export function codeCell(text: string, most = 80): string {
  return code(text.replaceAll('|', '¦'), most);
}

function quoted(text: string): Piece[] {
  return text.trim() === '' ? [] : [{ isCode: true, isExact: true, text, isAfterSpace: false }];
}

/** Neighbours that are both to be code become one span. */
function piecesOf(part: string): Piece[] {
  const pieces: Piece[] = [];
  const words = part.split(' ');
  for (const [index, word] of words.entries()) {
    const isAfterSpace = index > 0;
    if (word === '') {
      // An edge: the space between this part and the one beside it.
      if (index > 0) pieces.push({ isCode: false, isExact: false, text: '', isAfterSpace });
      continue;
    }
    const isCode = !HARMLESS.test(word) || LINKED.test(word);
    const last = pieces.at(-1);
    if (isCode && last?.isCode === true) pieces.splice(-1, 1, { ...last, text: `${last.text} ${word}` });
    else pieces.push({ isCode, isExact: false, text: word, isAfterSpace });
  }
  return pieces;
}

/** The sentence's own stop does not belong into the code span before it. */
function span(text: string, isExact: boolean): string {
  const stopped = isExact ? null : /^(?<inside>.*[\p{L}\p{N}])(?<stop>[.,;]|(?<!:.*):)$/u.exec(text);
  const { inside = text, stop = '' } = stopped?.groups ?? {};
  // `1.` would begin a list.
  return /^\d+$/.test(inside) ? code(text, Infinity) : code(inside, Infinity) + stop;
}

function written(pieces: readonly Piece[]): string {
  let line = '';
  for (const { isCode, isExact, text, isAfterSpace } of pieces) {
    const isCodeHere = isCode || (line.trim() === '' && text !== '' && !BEGINS_A_SENTENCE.test(text));
    // Two code spans without anything between them would be read as another pair of backticks, and two words as one that nobody judged.
    const isApart = isAfterSpace || isCodeHere === line.endsWith('`');
    const gap = isApart && !line.endsWith(' ') ? ' ' : '';
    line += gap + (isCodeHere ? span(text, isExact) : text);
  }
  return line.trim();
}

/** Puts a comment together within its limit: what is essential as it is, the rest folded, cut between blocks and never within one. Pure. */

/** What the forge takes is more; the rest is for what it adds. */
export const MOST_CHARACTERS = 60_000;

/** `blocks` are whole: a paragraph, a table, an item of a list. */
export interface Section {
  /** Our own words: they stand in HTML. */
  readonly summary: string;
  readonly blocks: readonly string[];
}

const opening = (summary: string): string => `<details><summary>${summary}</summary>`;
const CLOSING = '</details>';
const cutText = (left: number): string =>
  `${left === 1 ? 'One more part is' : `${left} more parts are`} left out here, because a comment may not be longer.`;
/** What stands around the blocks of a section, with the longest note of a cut. */
const around = (summary: string): number =>
  [opening(summary), cutText(1_000_000), CLOSING].join('\n\n').length + 4;

/** `essential` is never cut, and short by itself; `end` is the last line. */
export function folded(essential: readonly string[], sections: readonly Section[], end: string): string {
  const parts = [...essential];
  let room = MOST_CHARACTERS - [...essential, end].join('\n\n').length;
  for (const { summary, blocks } of sections) {
    room -= around(summary);
    const fitting = fittingOf(blocks, room);
    room -= fitting.join('\n\n').length;
    if (fitting.length === 0 || room < 0) continue;
    const left = blocks.length - fitting.length;
    parts.push(opening(summary), ...fitting, ...(left === 0 ? [] : [cutText(left)]), CLOSING);
  }
  return [...parts, end].filter((part) => part !== '').join('\n\n');
}

function fittingOf(blocks: readonly string[], room: number): string[] {
  const fitting: string[] = [];
  let length = 0;
  for (const block of blocks) {
    length += block.length + 2;
    if (length > room) break;
    fitting.push(block);
  }
  return fitting;
}

/** Finds the JSON in output that has other lines around it. */

/** Warnings may stand before and after the JSON, so this many places are tried before giving up. */
const MAX_STARTS = 20;

function tryParse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** Strings as a whole, and brackets: all that matters for finding an end. */
const TOKEN = /"(?:\\.|[^"\\])*"|[[\]{}]/gs;

/** Index just behind the value that opens at `start`, or -1. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  TOKEN.lastIndex = start;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    if (match[0] === '{' || match[0] === '[') depth += 1;
    else if (match[0] === '}' || match[0] === ']') depth -= 1;
    if (depth === 0) return TOKEN.lastIndex;
  }
  return -1;
}

/** The first JSON object or array that begins a line; or `null` alone, which Go prints for an empty list. */
export function findJson(text: string): { value: unknown } | undefined {
  const whole = tryParse(text.trim());
  if (whole) return isAnswer(whole.value) ? whole : undefined;
  const starts = [...text.matchAll(/^[ \t]*([[{])/gm)].slice(0, MAX_STARTS);
  for (const match of starts) {
    const start = match.index + match[0].length - 1;
    const end = endOfValue(text, start);
    const found = end < 0 ? undefined : tryParse(text.slice(start, end));
    if (found) return found;
  }
  return undefined;
}

function isAnswer(value: unknown): boolean {
  return typeof value === 'object';
}

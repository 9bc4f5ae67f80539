/** Colours of a log as classes, because pages have no style of their own. Pure, and the browser has it too. */

export interface Span {
  readonly text: string;
  /** '' where there is nothing to be said of it. */
  readonly classes: string;
}

interface Pen {
  readonly ink: number | null;
  readonly paper: number | null;
  readonly marks: ReadonlySet<string>;
}

const PLAIN: Pen = { ink: null, paper: null, marks: new Set() };
// oxlint-disable-next-line no-control-regex -- it is what it looks for
const COLOUR = /\u001b\[([\d;:]*)m/;
const MARKS: Readonly<Record<number, string>> = {
  1: 'bold',
  2: 'dim',
  3: 'italic',
  4: 'under',
  7: 'inverse',
  9: 'struck',
};
const UNMARKS: Readonly<Record<number, readonly string[]>> = {
  22: ['bold', 'dim'],
  23: ['italic'],
  24: ['under'],
  27: ['inverse'],
  29: ['struck'],
};

/** Of a text in which colours are the only control sequences. Each line begins anew. */
export function spansOf(text: string): Span[] {
  if (!text.includes('\u001b')) return text === '' ? [] : [{ text, classes: '' }];
  const spans: Span[] = [];
  let pen = PLAIN;
  for (const [index, piece] of text.split(COLOUR).entries()) {
    // Odd pieces are what the pattern caught.
    if (index % 2 === 1) pen = penAfter(pen, piece);
    else if (piece !== '') spans.push({ text: piece, classes: classesOf(pen) });
  }
  return spans;
}

function penAfter(before: Pen, params: string): Pen {
  const codes = params.split(/[;:]/).map(Number);
  let pen = before;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    const isInk = code === 38;
    if (isInk || code === 48) {
      const { colour, used } = longColour(codes.slice(at + 1));
      pen = isInk ? { ...pen, ink: colour } : { ...pen, paper: colour };
      at += used;
    } else pen = penWith(pen, code);
  }
  return pen;
}

function penWith(pen: Pen, code: number): Pen {
  if (code === 0) return PLAIN;
  const mark = MARKS[code];
  if (mark !== undefined) return { ...pen, marks: new Set([...pen.marks, mark]) };
  const unmarked = UNMARKS[code];
  if (unmarked !== undefined)
    return { ...pen, marks: new Set([...pen.marks].filter((each) => !unmarked.includes(each))) };
  return coloured(pen, code);
}

function coloured(pen: Pen, code: number): Pen {
  const within = (first: number): boolean => code >= first && code < first + 8;
  if (code === 39) return { ...pen, ink: null };
  if (code === 49) return { ...pen, paper: null };
  if (within(30)) return { ...pen, ink: code - 30 };
  if (within(90)) return { ...pen, ink: code - 82 };
  if (within(40)) return { ...pen, paper: code - 40 };
  return within(100) ? { ...pen, paper: code - 92 } : pen;
}

/** `5;n` and `2;r;g;b`, as the nearest of sixteen. */
function longColour(codes: readonly number[]): { readonly colour: number | null; readonly used: number } {
  const [kind, first = 0, second = 0, third = 0] = codes;
  if (kind === 5) return { colour: ofPalette(first), used: 2 };
  return kind === 2 ? { colour: nearest([first, second, third]), used: 4 } : { colour: null, used: 0 };
}

function ofPalette(index: number): number | null {
  if (index < 16) return index;
  if (index > 255) return null;
  if (index > 231) return nearest(grey(8 + (index - 232) * 10));
  const cube = index - 16;
  return nearest([Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((each) => each * 51));
}

function grey(light: number): number[] {
  return [light, light, light];
}

function nearest([red = 0, green = 0, blue = 0]: readonly number[]): number {
  const most = Math.max(red, green, blue);
  const bit = (value: number, weight: number): number => (value > most / 2 && most > 60 ? weight : 0);
  return bit(red, 1) + bit(green, 2) + bit(blue, 4) + (most > 200 ? 8 : 0);
}

function classesOf({ ink, paper, marks }: Pen): string {
  const all = [...marks].map((mark) => `a-${mark}`);
  if (ink !== null) all.push(`a-ink${ink % 8}`);
  if (paper !== null) all.push(`a-paper${paper % 8}`);
  return all.join(' ');
}

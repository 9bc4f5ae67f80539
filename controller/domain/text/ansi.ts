/** Colours in text that strangers wrote: of all that steers a terminal only colours are left. Pure. */
import { visible } from './visible.ts';

/** Introducers of strings that run to a terminator: DCS, SOS, OSC, PM, APC. */
const STRINGS = new Set(['P', 'X', ']', '^', '_']);
const STRING_END = /\u0007|\u001b\\|\u009c/g; // oxlint-disable-line no-control-regex -- it is what it looks for
const SEQUENCE = /\[(?<params>[0-?]*)(?<between>[ -/]*)(?<final>[@-~])/y;
const COLOUR = /^[\d;:]{0,64}$/;
const SHORT = /[ -/]*[0-~]/y;
const ESC = '\u001b';

/** Colours stay as they were written; what else begins with ESC is taken out, and other control characters become visible. */
export function coloursOnly(text: string): string {
  const well = text.toWellFormed();
  const first = well.indexOf(ESC);
  if (first === -1) return plain(well);
  let out = plain(well.slice(0, first));
  let at = first;
  while (at < well.length) {
    const { kept, end } = sequenceAt(well, at + 1);
    const next = well.indexOf(ESC, end);
    const behind = next === -1 ? well.length : next;
    out += kept + plain(well.slice(end, behind));
    at = behind;
  }
  return out;
}

interface Sequence {
  readonly kept: string;
  readonly end: number;
}

/** `at` is behind the ESC. One without an end is only its introducer, so that it hides nothing. */
function sequenceAt(text: string, at: number): Sequence {
  const head = text[at] ?? '';
  if (STRINGS.has(head)) return { kept: '', end: endOf(STRING_END, text, at) ?? at + 1 };
  if (head === '[') return steeringAt(text, at);
  return { kept: '', end: endOf(SHORT, text, at) ?? at };
}

function steeringAt(text: string, at: number): Sequence {
  SEQUENCE.lastIndex = at;
  const { params, between, final } = SEQUENCE.exec(text)?.groups ?? {};
  if (params === undefined) return { kept: '', end: at + 1 };
  const isColour = final === 'm' && between === '' && COLOUR.test(params);
  return { kept: isColour ? `${ESC}[${params}m` : '', end: SEQUENCE.lastIndex };
}

function endOf(pattern: RegExp, text: string, from: number): number | null {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : null;
}

/** A carriage return is shown and not obeyed, because what it would hide was said. */
function plain(text: string): string {
  return visible(text.replaceAll('\r', '␍').replaceAll(/[^\P{Cc}\t]/gu, '?'));
}

/** Without the colours that `coloursOnly` left. */
export function stripColours(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what it takes out
  return text.replaceAll(/\u001b\[[\d;:]*m/g, '');
}

/**
 * Looks for secrets in bytes, in every form in which they may leave (redact.ts), however the bytes are cut into pieces.
 * Ends of lines count on neither side, so that a form that was wrapped is found. Pure but for what a look keeps between pieces.
 */
import { formsOf } from './redact.ts';

/** Of a longer form its middle is telling enough, and found where its ends were cut off. */
const LONGEST = 96;
/** As in redact.ts: a shorter text would be found by chance. */
const SHORTEST = 6;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** A look at one text, from its first piece to its last. */
export interface Look {
  push(piece: Uint8Array): void;
  /** Names of the secrets that were seen, in the order of the search. */
  found(): string[];
}

export interface SecretSearch {
  /** What is looked for: a secret that is too short for the redactor is not. */
  readonly names: readonly string[];
  look(): Look;
}

export function makeSecretSearch(secrets: Readonly<Record<string, string>>): SecretSearch {
  const forms = Object.entries(secrets).map(([name, value]) => ({ name, bytes: bytesOf(value) }));
  const sought = forms.filter(({ bytes }) => bytes.length > 0);
  const names = sought.map(({ name }) => name);
  const chart = chartOf(
    sought.flatMap(({ bytes }, secret) => bytes.map((form) => ({ bytes: form, secret }))),
  );
  return { names, look: () => lookWith(chart, names) };
}

function bytesOf(value: string): Buffer[] {
  const forms = formsOf([value]).map((form) => Buffer.from(form.replaceAll(/[\r\n]/g, '')));
  return forms.filter(({ length }) => length >= SHORTEST).map(middleOf);
}

function middleOf(bytes: Buffer): Buffer {
  const from = Math.max(0, Math.floor((bytes.length - LONGEST) / 2));
  return bytes.subarray(from, from + LONGEST);
}

/**
 * The automaton of Aho and Corasick: one step a byte, however many forms there are.
 * A state is what was read of a form; 0 is nothing. Bytes that are in no form share one column.
 */
interface Chart {
  readonly column: Uint8Array;
  readonly columns: number;
  /** The state after a state and a byte's column. */
  readonly next: Int32Array;
  /** Which secrets end in a state; empty for nearly all. */
  readonly ends: ReadonlyMap<number, readonly number[]>;
  readonly isEnd: Uint8Array;
}

interface Form {
  readonly bytes: Buffer;
  readonly secret: number;
}

function chartOf(forms: readonly Form[]): Chart {
  const { column, columns } = columnsOf(forms);
  const next = new Int32Array((1 + forms.reduce((sum, { bytes }) => sum + bytes.length, 0)) * columns);
  const ends = new Map<number, number[]>();
  let used = 1;
  for (const { bytes, secret } of forms) {
    let state = 0;
    for (const byte of bytes) {
      const at = state * columns + (column[byte] ?? 0);
      if (next[at] === 0) next[at] = used++;
      state = next[at] ?? 0;
    }
    ends.set(state, [...(ends.get(state) ?? []), secret]);
  }
  const isEnd = new Uint8Array(used);
  return linked({ column, columns, next: next.slice(0, used * columns), ends, isEnd });
}

function columnsOf(forms: readonly Form[]): Pick<Chart, 'column' | 'columns'> {
  const column = new Uint8Array(256);
  let columns = 1;
  for (const { bytes } of forms) for (const byte of bytes) if (column[byte] === 0) column[byte] = columns++;
  return { column, columns };
}

/** Where a form does not go on, what was read may be the beginning of another. */
function linked(chart: Chart & { readonly ends: Map<number, number[]> }): Chart {
  const { columns, next, ends, isEnd } = chart;
  const fallback = new Int32Array(isEnd.length);
  const queue = [0];
  for (const state of queue) {
    const other = fallback[state] ?? 0;
    const both = [state, other].flatMap((each) => ends.get(each) ?? []);
    if (both.length > 0) ends.set(state, both);
    isEnd[state] = Math.min(1, both.length);
    for (let each = 0; each < columns; each++) {
      const at = state * columns + each;
      const inOther = state === 0 ? 0 : (next[other * columns + each] ?? 0);
      const to = next[at] ?? 0;
      if (to === 0) next[at] = inOther;
      else {
        fallback[to] = inOther;
        queue.push(to);
      }
    }
  }
  return chart;
}

function lookWith({ column, columns, next, ends, isEnd }: Chart, names: readonly string[]): Look {
  const seen = new Set<number>();
  let state = 0;
  return {
    push: (piece) => {
      for (let at = 0; at < piece.length; at++) {
        const byte = piece[at] ?? 0;
        if (byte === LINE_FEED || byte === CARRIAGE_RETURN) continue;
        state = next[state * columns + (column[byte] ?? 0)] ?? 0;
        if (isEnd[state] === 1) for (const secret of ends.get(state) ?? []) seen.add(secret);
      }
    },
    found: () => names.filter((_name, index) => seen.has(index)),
  };
}

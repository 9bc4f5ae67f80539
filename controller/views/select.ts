/** Which objects, in which order: names, labels, fields, sorting, limit. Pure. */
import type { PrinterColumn } from '../api/printer-columns.ts';
import { usageError } from './refusal.ts';
import { textOf, valuesAt } from './jsonpath.ts';
import { didYouMean } from './suggest.ts';

/** Anything that `get` can list. */
export interface Item {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly createdAt?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

interface Term {
  readonly key: string;
  readonly negate: boolean;
  /** Null asks only whether the key is there. */
  readonly value: string | null;
}

const TERM = /^(?<bang>!?)(?<key>[^=!\s]+?)\s*(?:(?<op>==|=|!=)\s*(?<value>.*))?$/;

/** `a=b,c!=d,e,!f`. */
export function termsOf(option: string, text: string): Term[] {
  return text.split(',').map((part) => {
    const { bang, key, op, value } = TERM.exec(part.trim())?.groups ?? {};
    if (key === undefined || (bang === '!' && op !== undefined))
      throw usageError(
        `${option} "${part}" cannot be understood.`,
        `Write ${option} key=value, key!=value or key.`,
      );
    return { key, negate: bang === '!' || op === '!=', value: value ?? null };
  });
}

function holds(term: Term, seen: readonly string[]): boolean {
  const met = term.value === null ? seen.length > 0 : seen.includes(term.value);
  return met !== term.negate;
}

export function matchesLabels(item: Item, terms: readonly Term[]): boolean {
  const labels = item.metadata.labels ?? {};
  return terms.every((term) => holds(term, Object.hasOwn(labels, term.key) ? [labels[term.key] ?? ''] : []));
}

/** A column's name stands for its paths: `phase` for `.status.phase`. */
function pathsFor(word: string, columns: readonly PrinterColumn[]): readonly string[] {
  if (/[.[]/.test(word)) return [word];
  const column = columns.find((each) => each.name.toLowerCase() === word.toLowerCase());
  if (column !== undefined) return column.paths;
  const names = columns.map((each) => each.name.toLowerCase());
  throw usageError(
    `There is no column "${word}".`,
    `${didYouMean(word, names)}Use a path such as .status.phase, or one of: ${names.join(', ')}.`,
  );
}

export function matchesFields(
  item: Item,
  terms: readonly Term[],
  columns: readonly PrinterColumn[],
): boolean {
  return terms.every((term) => {
    const seen = pathsFor(term.key, columns)
      .flatMap((path) => valuesAt(item, path))
      .filter((value) => value !== null)
      .map(textOf);
    return holds(term, seen);
  });
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  // What has no value stands last.
  const [left, right] = [textOf(a), textOf(b)];
  if (left === '' || right === '') return Number(left === '') - Number(right === '');
  return left.localeCompare(right, 'en', { numeric: true });
}

export function sorted<T extends Item>(
  items: readonly T[],
  word: string,
  columns: readonly PrinterColumn[],
): T[] {
  const paths = pathsFor(word, columns);
  const keyOf = (item: T): unknown =>
    paths.flatMap((path) => valuesAt(item, path)).find((value) => value !== null);
  return [...items].sort((a, b) => compare(keyOf(a), keyOf(b)));
}

export interface Selection {
  readonly selector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly sortBy?: string | undefined;
  readonly limit?: number | undefined;
}

export function selected<T extends Item>(
  items: readonly T[],
  how: Selection,
  columns: readonly PrinterColumn[],
): T[] {
  const labels = how.selector === undefined ? [] : termsOf('--selector', how.selector);
  const fields = how.fieldSelector === undefined ? [] : termsOf('--field-selector', how.fieldSelector);
  const kept = items.filter((item) => matchesLabels(item, labels) && matchesFields(item, fields, columns));
  const ordered = how.sortBy === undefined ? kept : sorted(kept, how.sortBy, columns);
  return ordered.slice(0, how.limit);
}

/** Which objects, in which order: names, labels, fields, sorting, limit. Pure. */
import type { PrinterColumn } from '../api/printer-columns.ts';
import { usageError } from './refusal.ts';
import { lookAlong, textOf } from './jsonpath.ts';
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

/** What the fields that a word names hold, without nulls. */
function fieldsFor(word: string, columns: readonly PrinterColumn[]): (item: Item) => unknown[] {
  const looks = pathsFor(word, columns).map(lookAlong);
  return (item) => looks.flatMap((look) => look(item)).filter((value) => value !== null);
}

/** Paths are understood once, and not once an item. */
function matcherOf(terms: readonly Term[], columns: readonly PrinterColumn[]): (item: Item) => boolean {
  const tests = terms.map((term) => ({ term, fields: fieldsFor(term.key, columns) }));
  return (item) => tests.every(({ term, fields }) => holds(term, fields(item).map(textOf)));
}

const COLLATOR = new Intl.Collator('en', { numeric: true });

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  // What has no value stands last.
  const [left, right] = [textOf(a), textOf(b)];
  if (left === '' || right === '') return Number(left === '') - Number(right === '');
  return COLLATOR.compare(left, right);
}

export function sorted<T extends Item>(
  items: readonly T[],
  word: string,
  columns: readonly PrinterColumn[],
): T[] {
  const fields = fieldsFor(word, columns);
  const keyed = items.map((item) => ({ item, key: fields(item)[0] }));
  return keyed.sort((a, b) => compare(a.key, b.key)).map(({ item }) => item);
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
  const matchesFields = matcherOf(fields, columns);
  const kept = items.filter((item) => matchesLabels(item, labels) && matchesFields(item));
  const ordered = how.sortBy === undefined ? kept : sorted(kept, how.sortBy, columns);
  return ordered.slice(0, how.limit);
}

/** An object's columns as text. Pure. */
import type { PrinterColumn } from '../api/printer-columns.ts';
import { decidingStep, type StepLike } from '../domain/run/appearance.ts';
import { textOf, valuesAt } from './jsonpath.ts';
import type { Item } from './select.ts';
import { oneLine } from './text.ts';
import { ageOf, spanOf } from '../domain/text/time.ts';

/** What a cell without a value shows, so that columns can be counted. */
export const NOTHING = '-';

function first(item: unknown, paths: readonly string[]): unknown {
  return paths.flatMap((path) => valuesAt(item, path)).find((value) => textOf(value) !== '');
}

function instant(value: unknown): number | null {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}

function span(item: unknown, paths: readonly string[], now: Date): string {
  const [from, to] = paths.map((path) => instant(valuesAt(item, path)[0]));
  return from === null || from === undefined ? '' : spanOf((to ?? now.getTime()) - from);
}

function raw(item: Item, column: PrinterColumn, now: Date): string {
  const value = first(item, column.paths);
  switch (column.format) {
    case 'text':
      return textOf(value);
    case 'sha':
      return textOf(value).replace(/^([0-9a-f]{7})[0-9a-f]{33}$/, '$1');
    case 'age': {
      const at = instant(value);
      return at === null ? '' : ageOf(now.getTime() - at);
    }
    case 'span':
      return span(item, column.paths, now);
    case 'phase':
      return phaseOf(item, column.paths);
    case 'stage':
      return Array.isArray(value) ? decidingStep(value as StepLike[]) : textOf(value);
    default:
      return column.format satisfies never;
  }
}

/** `Running`, the verdict once there is one, `Running,ReconcileFailed` where the controller fails to act on it. */
function phaseOf(item: Item, paths: readonly string[]): string {
  const [phase = '', verdict = '', fails] = paths.map((path) => textOf(valuesAt(item, path)[0]));
  const shown = phase === 'Finished' && verdict !== '' ? verdict : phase;
  return fails === 'True' ? `${shown},ReconcileFailed` : shown;
}

export function cellOf(item: Item, column: PrinterColumn, now: Date): string {
  const text = oneLine(raw(item, column, now));
  return text === '' ? NOTHING : text;
}

/** Cells to aligned lines. Pure. */
import type { PrinterColumn } from '../../api/printer-columns.ts';
import { lookOf } from '../../domain/run/appearance.ts';
import { cellOf } from '../../views/cells.ts';
import type { Item } from '../../views/select.ts';
import type { Style } from './style.ts';

const GAP = '   ';

/** Colours are added after the widths are known. */
function painted(text: string, column: PrinterColumn, style: Style): string {
  if (column.format !== 'phase') return text;
  const word = text.trimEnd();
  return style.paint(lookOf(word.split(',')[0] ?? '').tone, word) + text.slice(word.length);
}

export interface TableOptions {
  readonly columns: readonly PrinterColumn[];
  readonly now: Date;
  readonly style: Style;
  readonly headers: boolean;
}

/** Lines without trailing spaces; the last column is never padded. */
export function tableOf(items: readonly Item[], options: TableOptions): string[] {
  const { columns, now, style } = options;
  const rows = items.map((item) => columns.map((column) => cellOf(item, column, now)));
  const heads = columns.map((column) => column.name);
  const widths = heads.map((head, index) =>
    Math.max(options.headers ? head.length : 0, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[], paint: boolean): string =>
    cells
      .map((cell, index) => {
        const padded = index === cells.length - 1 ? cell : cell.padEnd(widths[index] ?? 0);
        const column = columns[index];
        return paint && column !== undefined ? painted(padded, column, style) : padded;
      })
      .join(GAP);
  return [...(options.headers ? [line(heads, false)] : []), ...rows.map((row) => line(row, true))];
}

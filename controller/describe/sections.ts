/** What every description is made of: labelled values, tables under a title, and blocks of text. */
import { indent, oneLine, printable } from '../views/text.ts';
import { aligned } from './aligned.ts';

export const LABEL_WIDTH = 14;

export type Fields = readonly (readonly [string, string | null | undefined])[];

/** `Label:   value`, without the ones that have none. */
export function fields(rows: Fields): string[] {
  return rows.flatMap(([label, value]) =>
    value === null || value === undefined || value === ''
      ? []
      : [`${`${label}:`.padEnd(LABEL_WIDTH)}${oneLine(value)}`],
  );
}

export function section(title: string, rows: readonly (readonly string[])[], none = '<none>'): string[] {
  if (rows.length <= 1) return [`${title}: ${none}`];
  return [`${title}:`, ...aligned(rows.map((row) => row.map(oneLine))).map((line) => `  ${line}`)];
}

export function printableBlock(text: string): string {
  return indent(text.trimEnd().split('\n').map(printable).join('\n'), '  ');
}

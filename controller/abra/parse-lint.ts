/** Reads the table that `abra recipe lint` prints. */
import { stripVTControlCharacters } from 'node:util';
import { ParseError } from './parse.ts';

export type LintRule = {
  ref: string;
  rule: string;
  severity: 'error' | 'warn' | 'unknown';
  /** Null: the rule was skipped. */
  satisfied: boolean | null;
  skipped: boolean;
  howToFix: string;
};

type Row = readonly string[];

const REF = /^[A-Z]{1,3}\d{2,4}$/;

function cellsOf(line: string): Row | undefined {
  if (!/[┃│|]/.test(line)) return undefined;
  const cells = line.trim().split(/[┃│|]/);
  return cells.slice(1, -1).map((cell) => cell.trim());
}

/** Cells that wrapped: a row without a ref continues the row above it. */
function joinWrapped(rows: readonly Row[]): Row[] {
  const joined: string[][] = [];
  for (const row of rows) {
    const above = joined.at(-1);
    if (REF.test(row[0] ?? '')) joined.push([...row]);
    else if (above && row[0] === '')
      row.forEach((cell, index) => (above[index] = `${above[index] ?? ''} ${cell}`.trim()));
  }
  return joined;
}

function isMarked(cell: string): boolean {
  return /✅|✔|\byes\b|\btrue\b/i.test(cell);
}

function ruleOf(row: Row, column: (name: string) => number): LintRule {
  const cell = (name: string) => row[column(name)] ?? '';
  const satisfied = cell('satisfied');
  const skipped = isMarked(cell('skipped'));
  const severity = /err/i.test(cell('severity'))
    ? 'error'
    : /warn/i.test(cell('severity'))
      ? 'warn'
      : 'unknown';
  return {
    ref: row[0] ?? '',
    rule: cell('rule'),
    severity,
    satisfied: isMarked(satisfied) ? true : /❌|✗|\bno\b|\bfalse\b/i.test(satisfied) ? false : null,
    skipped,
    howToFix: cell('fix'),
  };
}

/**
 * The table of `recipe lint`. Its exit code is no verdict (a broken rule exits 0): the marks are.
 * Rules are read by header, so that a new column or rule needs no change here.
 */
export function parseLint(text: string): LintRule[] {
  const clean = stripVTControlCharacters(text);
  const rows = clean
    .split(/\r?\n/)
    .flatMap((line) => [cellsOf(line) ?? []])
    .filter((row) => row.length >= 4);
  const header = rows.find((row) => /^ref$/i.test(row[0] ?? ''));
  if (!header) throw new ParseError({ what: 'no table of rules', where: 'abra recipe lint', text });
  const column = (name: string) => header.findIndex((cell) => cell.toLowerCase().includes(name));
  if (column('rule') < 0 || column('satisfied') < 0) {
    throw new ParseError({
      what: 'the table has no rule or satisfied column',
      where: 'abra recipe lint',
      text,
    });
  }
  const rules = joinWrapped(rows).map((row) => ruleOf(row, column));
  if (rules.length === 0)
    throw new ParseError({ what: 'the table has no rules', where: 'abra recipe lint', text });
  return rules;
}

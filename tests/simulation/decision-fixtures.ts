/** The fixtures in tests/fixtures/decisions: the decisions of a run a file, and a table of the runs. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLines } from './world.ts';

const FOLDER = join(import.meta.dirname, '..', 'fixtures', 'decisions');
const EPOCH = Date.parse('2026-01-01T00:00:00.000Z');

export interface Row {
  readonly name: string;
  readonly because: string;
  readonly ending: string;
}

/** A second from line to line. */
function normalised(lines: readonly string[]): string {
  return lines
    .map((line, index) => {
      const decided = JSON.parse(line) as object;
      return `${JSON.stringify({ ...decided, time: new Date(EPOCH + index * 1000).toISOString() })}\n`;
    })
    .join('');
}

export function writeDecisions(name: string, lines: readonly string[]): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${name}.ndjson`), normalised(lines));
}

/** Runs that were recorded elsewhere keep their rows. */
export function writeTable(recorded: readonly Row[]): void {
  const file = join(FOLDER, 'table.ndjson');
  const rows = new Map(
    readLines(file).map((line) => {
      const row = JSON.parse(line) as Row;
      return [row.name, row];
    }),
  );
  for (const { name, because, ending } of recorded) rows.set(name, { name, because, ending });
  writeFileSync(file, [...rows.values()].map((row) => `${JSON.stringify(row)}\n`).join(''));
}

/**
 * Plays the runs of decision-runs.ts and writes their decisions to tests/fixtures/decisions, with a table of them:
 * `node tests/simulation/record-decisions.ts [name…]`. Times are made up, so that to record again changes little.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DECISION_RUNS, type DecisionRun, makeHands } from './decision-runs.ts';
import { readLines } from './world.ts';

const FOLDER = join(import.meta.dirname, '..', 'fixtures', 'decisions');
const LANES = 4;
const EPOCH = Date.parse('2026-01-01T00:00:00.000Z');

interface Row {
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

/** Where the ending is not the expected one, nothing is written, and it says so. */
async function record({ name, options, ending, play }: DecisionRun): Promise<string | null> {
  const run = makeHands(options);
  try {
    if (play === undefined) {
      void run.begin();
      await run.finished();
    } else await play(run);
    if (run.ending() !== ending) return `${name}: it ended as "${run.ending()}", not as "${ending}".`;
    writeFileSync(join(FOLDER, `${name}.ndjson`), normalised(run.lines()));
    process.stdout.write(`${name}: ${run.lines().length} decisions, ${ending}\n`);
    return null;
  } catch (error) {
    return `${name}: ${String(error)}`;
  } finally {
    await run.world.stop();
    run.world.destroy();
  }
}

/** Runs that were recorded elsewhere keep their rows. */
function writeTable(recorded: readonly DecisionRun[]): void {
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

const names = process.argv.slice(2);
const wanted = DECISION_RUNS.filter(({ name }) => names.length === 0 || names.includes(name));
mkdirSync(FOLDER, { recursive: true });
const waiting = [...wanted];
const problems: string[] = [];
await Promise.all(
  Array.from({ length: LANES }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const problem = await record(next);
      if (problem !== null) problems.push(problem);
    }
  }),
);
writeTable(wanted.filter(({ name }) => !problems.some((problem) => problem.startsWith(`${name}:`))));
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

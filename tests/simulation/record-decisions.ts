/**
 * Plays the runs of decision-runs.ts and writes their decisions to tests/fixtures/decisions, with a table of them:
 * `node tests/simulation/record-decisions.ts [name…]`. Times are made up, so that to record again changes little.
 */
import { DECISION_RUNS, type DecisionRun, makeHands } from './decision-runs.ts';
import { writeDecisions, writeTable } from './decision-fixtures.ts';

const LANES = 4;

/** Where the ending is not the expected one, nothing is written, and it says so. */
async function record({ name, options, ending, play }: DecisionRun): Promise<string | null> {
  const run = makeHands(options);
  try {
    if (play === undefined) {
      void run.begin();
      await run.finished();
    } else await play(run);
    if (run.ending() !== ending) return `${name}: it ended as "${run.ending()}", not as "${ending}".`;
    writeDecisions(name, run.lines());
    process.stdout.write(`${name}: ${run.lines().length} decisions, ${ending}\n`);
    return null;
  } catch (error) {
    return `${name}: ${String(error)}`;
  } finally {
    await run.world.stop();
    run.world.destroy();
  }
}

const names = process.argv.slice(2);
const wanted = DECISION_RUNS.filter(({ name }) => names.length === 0 || names.includes(name));
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

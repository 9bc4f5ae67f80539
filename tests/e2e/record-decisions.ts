/**
 * Records the decisions on runs with real containers, of every kind of ending, on a sandbox of its own, as fixtures
 * beside those of the simulation: `node tests/e2e/record-decisions.ts [name…]`, a quarter of an hour for all of them.
 */
import { link, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../controller/runtime/errors.ts';
import { decisionsFile } from '../../controller/store/decisions.ts';
import { removeSandbox } from '../sandbox/sandbox.ts';
import { type Row, writeDecisions, writeTable } from '../simulation/decision-fixtures.ts';
import { readLines } from '../simulation/world.ts';
import { makeInstallation } from './installation.ts';
import { type RealRun, REAL_RUNS, SANDBOX, type Stage, WAIT_MS } from './decision-runs.ts';

const wanted = process.argv.slice(2);
const chosen = REAL_RUNS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const say = (text: string): void => void process.stdout.write(`${text}\n`);

await removeSandbox({ name: SANDBOX });
const inst = await makeInstallation({ sandboxName: SANDBOX, maxTests: 4, say });
const kept = join(inst.dir, 'decisions');
await mkdir(kept);
const stage: Stage = { inst, controller: inst.startController() };

/** A second name for the file, so that the last line is there also where the record of the run is removed. */
async function keep(name: string): Promise<void> {
  const uid = await inst.until(
    `${name} is known`,
    async () => (await inst.status(name))?.uid ?? null,
    WAIT_MS,
  );
  await inst.until(`${name} is decided on`, async () => {
    try {
      await link(decisionsFile(inst.layout, uid), join(kept, name));
      return true;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      return null;
    }
  });
}

async function endingOf({ name, lastLeaf }: RealRun): Promise<string> {
  await inst.until(
    `the last line of ${name}`,
    () =>
      Promise.resolve(
        readLines(join(kept, name)).some((line) => line.includes(`"leaf":"${lastLeaf}"`)) ? true : null,
      ),
    { ms: WAIT_MS, everyMs: 250 },
  );
  const status = await inst.status(name);
  if (status === null) return 'Deleted';
  if (status.finishedAt === null) return status.phase;
  return [status.verdict, status.cause?.reason].filter(Boolean).join(' ');
}

async function record(run: RealRun): Promise<Row | null> {
  try {
    await run.begin(stage);
    await keep(run.name);
    await run.play?.(stage);
    const { name, because } = run;
    const ending = await endingOf(run);
    say(`${name}: ${ending}${ending === run.ending ? '' : `, and not ${run.ending}`}`);
    if (ending !== run.ending) return null;
    writeDecisions(name, readLines(join(kept, name)));
    return { name, because: `on a real swarm: ${because}`, ending };
  } catch (error) {
    say(`${run.name}: ${String(error)}`);
    return null;
  }
}

const rows: (Row | null)[] = [];
try {
  rows.push(...(await Promise.all(chosen.filter(({ alone }) => alone !== true).map(record))));
  for (const run of chosen.filter(({ alone }) => alone === true)) rows.push(await record(run));
} finally {
  await inst.stop();
  await rm(kept, { recursive: true, force: true });
  await inst.destroy();
  await removeSandbox({ name: SANDBOX });
}
writeTable(rows.filter((row) => row !== null));
process.exitCode = rows.includes(null) ? 1 : 0;

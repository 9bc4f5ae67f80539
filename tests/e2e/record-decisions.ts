/**
 * Records the decisions on a few runs with real containers, on the test sandbox, as fixtures beside those of the simulation:
 * `node tests/e2e/record-decisions.ts`.
 */
import { decisionsFile } from '../../controller/store/decisions.ts';
import { type Row, writeDecisions, writeTable } from '../simulation/decision-fixtures.ts';
import { readLines } from '../simulation/world.ts';
import { makeInstallation } from './installation.ts';

const ci = await makeInstallation({ maxTests: 2, say: (text) => process.stdout.write(`${text}\n`) });
const decided = async (name: string): Promise<string[]> =>
  readLines(decisionsFile(ci.layout, (await ci.status(name))?.uid ?? ''));

async function record(row: Row): Promise<void> {
  const status = await ci.finished(row.name, 300_000);
  const ending = [status.verdict, status.cause?.reason].filter(Boolean).join(' ');
  if (ending !== row.ending) throw new Error(`${row.name} ended as "${ending}", not as "${row.ending}".`);
  await ci.until('its last line', async () =>
    (await decided(row.name)).some((line) => line.includes('"leaf":"closing"')) ? true : null,
  );
  writeDecisions(row.name, await decided(row.name));
  writeTable([row]);
  process.stdout.write(`${row.name}: ${ending}\n`);
}

const spec = { recipe: 'tiny-web', source: { ref: 'main' } };
try {
  const controller = ci.startController();
  await ci.run('real-passed', { ...spec, stages: ['lint', 'install', 'backup', 'restore'] });
  await ci.run('real-cancelled', { ...spec, stages: ['install'] });
  await ci.until('install runs', async () =>
    (await ci.status('real-cancelled'))?.stage === 'install' ? true : null,
  );
  await ci.run('real-cancelled', { ...spec, stages: ['install'], cancel: true });
  await record({
    name: 'real-cancelled',
    because: 'on a real swarm: cancelled while install runs',
    ending: 'Cancelled',
  });
  await ci.run('real-commit-missing', { ...spec, source: { ref: 'f'.repeat(40) }, stages: ['install'] });
  await record({
    name: 'real-commit-missing',
    because: 'on a real swarm: a commit that is not there',
    ending: 'Errored RecipeNotFetched',
  });
  await record({
    name: 'real-passed',
    because: 'on a real swarm: a healthy app through lint, install, backup and restore',
    ending: 'Passed',
  });
  await ci.run('real-timed-out', { ...spec, stages: ['install', 'upgrade', 'test'], timeout: '8s' });
  await record({
    name: 'real-timed-out',
    because: 'on a real swarm: past its timeout in the middle of a step',
    ending: 'TimedOut Timeout',
  });
  controller.kill('SIGTERM');
} finally {
  await ci.stop();
  await ci.destroy();
}

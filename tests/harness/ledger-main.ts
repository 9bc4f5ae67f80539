/** `node ledger-main.ts seed|mutate|read <data.ts> <out.json>`: one verb of a recipe's data, then what is there, for the stage that started it. */
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { readContext, readSecrets } from './context.ts';
import type { DataModule } from './ledger.ts';
import { makeLedgerDocker } from './ledger-app.ts';

const [, , verb = '', file = '', outFile = ''] = process.argv;
const VERBS = ['seed', 'mutate', 'read'];

async function main(): Promise<void> {
  if (!VERBS.includes(verb) || outFile === '')
    throw new Error('usage: ledger-main.ts seed|mutate|read DATA.TS OUT.JSON');
  const data = (await import(pathToFileURL(file).href)) as DataModule;
  const context = await readContext();
  const { app, secrets } = makeLedgerDocker(context, await readSecrets(context));
  if (verb === 'seed') await data.seed(app);
  if (verb === 'mutate') await data.mutate(app);
  const found = { entries: await data.read(app), secrets: await secrets() };
  await writeFile(outFile, JSON.stringify(found), { mode: 0o600 });
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

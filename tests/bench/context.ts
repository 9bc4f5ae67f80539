/** Puts the secrets that abra printed beside the context file that the recipe's tests read. */
import { readFileSync, writeFileSync } from 'node:fs';

const [, , secretsFile = '', contextFile = ''] = process.argv;
const rows = JSON.parse(readFileSync(secretsFile, 'utf8')) as { name: string; value: string }[];
const context = JSON.parse(readFileSync(contextFile, 'utf8')) as { secretsFile: string };
writeFileSync(
  context.secretsFile,
  JSON.stringify(Object.fromEntries(rows.map(({ name, value }) => [name, value]))),
  { mode: 0o600 },
);

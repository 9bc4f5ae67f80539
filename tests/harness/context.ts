/** Reads what the stage says of the app under test. */
import { readFile } from 'node:fs/promises';
import { AppContext, CONTEXT_VARIABLE } from '../../controller/stages/app/app-context.ts';
import { SecretValues } from '../../controller/store/sidecar.ts';

export async function readContext(): Promise<AppContext> {
  const file = process.env[CONTEXT_VARIABLE];
  if (file === undefined)
    throw new Error(
      `${CONTEXT_VARIABLE} is not set: see tests/harness/README.md for how to run a recipe's tests.`,
    );
  return AppContext.parse(JSON.parse(await readFile(file, 'utf8')));
}

export async function readSecrets(context: AppContext): Promise<SecretValues> {
  if (context.secretsFile === null) return {};
  return SecretValues.parse(JSON.parse(await readFile(context.secretsFile, 'utf8')));
}

/** `app secret`: generates, inserts, lists and removes swarm secrets. */
import { readFile } from 'node:fs/promises';
import { isSet, printJson, type Context } from './context.ts';
import { Fatal, UsageError } from './log.ts';
import {
  createSecret,
  listOwnSecrets,
  listSecretNames,
  loadSecrets,
  removeSecrets,
  type AppSecrets,
} from './secret-store.ts';
import { generateValue, type SecretWanted } from './secrets.ts';
import { table } from './table.ts';

function selectSecrets(context: Context, { app, wanted }: AppSecrets): SecretWanted[] {
  const [, name, version] = context.args;
  if (isSet(context, 'all') === (name !== undefined)) throw new UsageError('give either a secret or --all');
  if (name === undefined) return wanted;
  const secret = wanted.find((candidate) => candidate.name === name);
  if (!secret) throw new Fatal(`${name} is not a secret of ${app.domain}`);
  if (version === undefined || version === secret.version) return [secret];
  return [{ ...secret, version, fullName: `${app.stack}_${name}_${version}` }];
}

type Made = { name: string; value: string };

function printMade(context: Context, made: readonly Made[]): void {
  if (isSet(context, 'machine')) return printJson(context, made);
  if (made.length === 0) return context.log.warn('no secrets generated');
  context.stdout.write(
    table(
      ['NAME', 'VALUE'],
      made.map(({ name, value }) => [name, value]),
    ),
  );
  return context.log.warn('generated secrets are not shown again, take note of them now');
}

export async function generateSecrets(
  context: Context,
  secrets: AppSecrets,
  chosen: readonly SecretWanted[],
): Promise<Made[]> {
  const { stack } = secrets.app;
  const present = await listSecretNames(context.docker, stack);
  const made: Made[] = [];
  for (const secret of chosen) {
    if (present.has(secret.fullName)) context.log.warn(`${secret.fullName} already exists, moving on...`);
    else if (!secret.generate)
      context.log.warn(`${secret.name} is not generated (generate=false): insert it`);
    else {
      const value = generateValue(secret);
      await createSecret(context.docker, { stack, fullName: secret.fullName, value });
      made.push({ name: secret.name, value });
    }
  }
  return made;
}

export async function secretGenerate(context: Context): Promise<void> {
  const secrets = await loadSecrets(context);
  printMade(context, await generateSecrets(context, secrets, selectSecrets(context, secrets)));
}

async function valueToInsert(context: Context): Promise<string> {
  const given = context.args[3];
  if (given === undefined) throw new UsageError('give a value, or --file and a file');
  const value = isSet(context, 'file') ? await readFile(given, 'utf8') : given;
  return isSet(context, 'trim') ? value.trim() : value;
}

export async function secretInsert(context: Context): Promise<void> {
  const [, name = '', version = ''] = context.args;
  const value = await valueToInsert(context);
  const { app, wanted } = await loadSecrets(context);
  if (!wanted.some((secret) => secret.name === name))
    throw new Fatal(`no secret ${name} available for recipe ${app.recipe}?`);
  const fullName = `${app.stack}_${name}_${version}`;
  await createSecret(context.docker, { stack: app.stack, fullName, value });
  context.log.info(`${fullName} successfully stored on server`);
}

export async function secretList(context: Context): Promise<void> {
  const { app, wanted } = await loadSecrets(context);
  const present = await listSecretNames(context.docker, app.stack);
  const rows = wanted.map((secret) => [
    secret.name,
    secret.version,
    secret.fullName,
    String(present.has(secret.fullName)),
  ]);
  const headers = ['name', 'version', 'generated name', 'created on server'];
  if (!isSet(context, 'machine'))
    return void context.stdout.write(
      table(
        headers.map((header) => header.toUpperCase()),
        rows,
      ),
    );
  return printJson(
    context,
    rows.map((row) => Object.fromEntries(headers.map((header, index) => [header, row[index]]))),
  );
}

export async function secretRemove(context: Context): Promise<void> {
  const [, name] = context.args;
  if (isSet(context, 'all') === (name !== undefined)) throw new UsageError('give either a secret or --all');
  const { app, wanted } = await loadSecrets(context);
  const chosen = name === undefined ? wanted : wanted.filter((secret) => secret.name === name);
  if (name !== undefined && chosen.length === 0) throw new Fatal(`${name} is not a secret of ${app.domain}`);
  const named = chosen.map((secret) => secret.fullName);
  const present = await listSecretNames(context.docker, app.stack);
  const doomed =
    name === undefined
      ? await listOwnSecrets(context.docker, app.stack, named)
      : named.filter((full) => present.has(full));
  if (doomed.length === 0) context.log.warn('no secrets to remove?');
  await removeSecrets(context, doomed);
}

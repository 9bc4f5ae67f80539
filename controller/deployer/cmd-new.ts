/** `app new`: makes an app's .env from the recipe's sample. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { appOf, listApps, listServerNames } from './app.ts';
import { loadCompose } from './compose-load.ts';
import { isSet, valueOf, type Context } from './context.ts';
import { setEnvValue } from '../domain/recipe/dotenv.ts';
import { counted } from '../domain/text/count.ts';
import { Fatal, UsageError } from './log.ts';
import { isDomain, isPlainName } from './names.ts';
import {
  checkClean,
  checkoutVersion,
  listReleases,
  openRecipe,
  readEnvSample,
  type Recipe,
} from './recipe.ts';
import { secretsOf } from './secrets.ts';
import { smallSha } from '../domain/recipe/version.ts';

/** Without --chaos the checkout moves to the version asked for, or to the newest release (contract 6.2). */
async function settleVersion(context: Context, recipe: Recipe): Promise<string | undefined> {
  if (isSet(context, 'chaos')) return undefined;
  await checkClean(recipe);
  const { releases } = await listReleases(context, recipe);
  const version = context.args[1] ?? releases.at(-1)?.tag ?? smallSha(await recipe.git.head());
  await checkoutVersion(recipe, version);
  return version;
}

async function chooseServer(context: Context): Promise<string> {
  const servers = await listServerNames(context.abraDir);
  const server = valueOf(context, 'server') ?? (servers.length === 1 ? servers[0] : undefined);
  if (server === undefined) throw new UsageError('name the server with --server');
  if (!isPlainName(server) || !servers.includes(server))
    throw new Fatal(`server ${server} is not known: abra server add`);
  return server;
}

async function chooseDomain(context: Context): Promise<string> {
  const domain = valueOf(context, 'domain');
  if (domain === undefined) throw new UsageError('name the domain with --domain');
  if (!isDomain(domain)) throw new Fatal(`"${domain}" is not a domain`);
  if ((await listApps(context)).some((app) => app.domain === domain))
    throw new Fatal(`${domain} already exists`);
  return domain;
}

async function envText(recipe: Recipe, domain: string, version: string | undefined): Promise<string> {
  const sample = await readEnvSample(recipe);
  if (sample === undefined) throw new Fatal(`${recipe.name} has no .env.sample`);
  const type = version === undefined ? recipe.name : `${recipe.name}:${version}`;
  const key = /^\s*RECIPE=/m.test(sample) && !/^\s*TYPE=/m.test(sample) ? 'RECIPE' : 'TYPE';
  return setEnvValue(setEnvValue(sample, key, type), 'DOMAIN', domain);
}

export async function appNew(context: Context): Promise<void> {
  const server = await chooseServer(context);
  const domain = await chooseDomain(context);
  const recipe = await openRecipe(context, context.args[0] ?? '');
  const text = await envText(recipe, domain, await settleVersion(context, recipe));
  const dir = join(context.abraDir, 'servers', server);
  const path = join(dir, `${domain}.env`);
  const app = appOf({ domain, server, path, text });
  const { files } = await loadCompose(app, recipe);
  const wanted = secretsOf(files, app.modifiers); // a name that is too long is refused before anything is made
  await mkdir(dir, { recursive: true });
  await writeFile(path, text, { flag: 'wx', mode: 0o600 });
  context.log.info(`${app.recipe} app ${domain} created on ${server}`);
  if (!isSet(context, 'secrets')) return;
  const { generateSecrets } = await import('./cmd-secret.ts');
  const made = await generateSecrets(context, { app, wanted }, wanted);
  context.log.info(`${counted(made.length, 'secret')} generated`);
}

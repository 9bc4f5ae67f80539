/** Apps as abra keeps them: one env file each, below `servers/`. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from './context.ts';
import { parseEnv, type Env, type Modifiers } from '../domain/recipe/dotenv.ts';
import { Fatal } from './log.ts';
import { isDomain, isPlainName, stackNameOf } from './names.ts';

/** An app is its env file: `servers/<server>/<domain>.env`. */
export type App = {
  domain: string;
  server: string;
  path: string;
  text: string;
  env: Env;
  modifiers: Modifiers;
  recipe: string;
  /** The version in `TYPE=recipe:version`. */
  version: string | undefined;
  stack: string;
};

export async function listServerNames(abraDir: string): Promise<string[]> {
  const entries = await readdir(join(abraDir, 'servers'), { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => entry.name)
    .sort();
}

/** `recipe:version` → both; the version may itself hold no colon. */
export function splitType(type: string): { recipe: string; version: string | undefined } {
  const [recipe = '', ...rest] = type.split(':');
  return { recipe, version: rest.length > 0 && rest.join(':') !== '' ? rest.join(':') : undefined };
}

export function appOf(file: { domain: string; server: string; path: string; text: string }): App {
  const { env, modifiers } = parseEnv(file.text);
  const { recipe, version } = splitType(env.TYPE ?? env.RECIPE ?? '');
  if (!isPlainName(recipe)) throw new Fatal(`${file.domain}.env has no usable TYPE=<recipe> line`);
  const stack = stackNameOf(file.domain);
  // The line comes from the recipe's .env.sample, so it could aim a deploy or an undeploy at another app's stack.
  if (env.STACK_NAME && env.STACK_NAME !== stack) {
    throw new Fatal(`${file.domain}.env sets STACK_NAME=${env.STACK_NAME}: only ${stack} is accepted here`);
  }
  return { ...file, env: { ...env, STACK_NAME: stack }, modifiers, recipe, version, stack };
}

/** Every app of every server; a broken env file is reported and left out. */
export async function listApps(context: Context): Promise<App[]> {
  const apps: App[] = [];
  for (const server of await listServerNames(context.abraDir)) {
    const dir = join(context.abraDir, 'servers', server);
    const names = (await readdir(dir).catch(() => [])).filter((name) => name.endsWith('.env')).sort();
    for (const name of names) {
      const path = join(dir, name);
      try {
        const text = await readFile(path, 'utf8');
        apps.push(appOf({ domain: name.slice(0, -'.env'.length), server, path, text }));
      } catch (error) {
        context.log.warn(`skipping ${path}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  return apps;
}

export async function loadApp(context: Context): Promise<App> {
  const domain = context.args[0] ?? '';
  if (!isDomain(domain)) throw new Fatal(`"${domain}" is not a domain`);
  for (const server of await listServerNames(context.abraDir)) {
    const path = join(context.abraDir, 'servers', server, `${domain}.env`);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile()) return appOf({ domain, server, path, text: await readFile(path, 'utf8') });
  }
  throw new Fatal(`cannot find app with name ${domain}`);
}

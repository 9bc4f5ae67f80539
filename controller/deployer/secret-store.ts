/** The secrets of an app on the swarm: which it wants, which are there, and how one is made. */
import { loadApp, type App } from './app.ts';
import { loadCompose } from './compose-load.ts';
import { isSet, type Context } from './context.ts';
import type { Docker } from './docker.ts';
import { Fatal } from './log.ts';
import { checkClean, checkoutVersion, openRecipe } from './recipe.ts';
import { secretsOf, type SecretWanted } from './secrets.ts';
import { parseRelease } from '../domain/recipe/version.ts';

/**
 * Marks the secrets made here. Not docker's stack label: `docker stack rm` deletes what carries that one,
 * and an app's secrets outlive its undeploy.
 */
export const STACK_LABEL = 'coop-cloud.builtin.stack';

export type AppSecrets = { app: App; wanted: SecretWanted[] };

/**
 * The secrets the compose files ask for. Without --chaos a pinned release steers the checkout first,
 * as it does in abra (contract 6.3).
 */
export async function loadSecrets(context: Context): Promise<AppSecrets> {
  const app = await loadApp(context);
  const recipe = await openRecipe(context, app.recipe);
  if (!isSet(context, 'chaos') && app.version !== undefined && parseRelease(app.version)) {
    await checkClean(recipe);
    await checkoutVersion(recipe, app.version);
  }
  const { files } = await loadCompose(app, recipe);
  return { app, wanted: secretsOf(files, app.modifiers) };
}

/** Names of the secrets in the swarm that belong to a stack. */
export async function listSecretNames(docker: Docker, stack: string): Promise<Set<string>> {
  const names = await docker.lines(['secret', 'ls', '--filter', `name=${stack}_`, '--format', '{{.Name}}']);
  return new Set(names.filter((name) => name.startsWith(`${stack}_`)));
}

export type NewSecret = { stack: string; fullName: string; value: string };

/** The value goes through stdin: argv is readable by every process of the host. */
export async function createSecret(docker: Docker, secret: NewSecret): Promise<void> {
  const args = ['secret', 'create', '--label', `${STACK_LABEL}=${secret.stack}`, secret.fullName, '-'];
  const result = await docker.try(args, { input: secret.value });
  if (result.code === 0) return;
  const said = result.stderr.trim();
  throw new Fatal(
    /already ?exists/i.test(said)
      ? `secret ${secret.fullName} already exists (AlreadyExists)`
      : `cannot create secret ${secret.fullName}: ${said}`,
  );
}

/** Secrets marked as this stack's, and those the recipe names: a prefix alone could be another stack's. */
export async function listOwnSecrets(
  docker: Docker,
  stack: string,
  named: readonly string[],
): Promise<string[]> {
  const marked = await docker.lines([
    'secret',
    'ls',
    '--filter',
    `label=${STACK_LABEL}=${stack}`,
    '--format',
    '{{.Name}}',
  ]);
  const present = await listSecretNames(docker, stack);
  return [...new Set([...marked, ...named.filter((name) => present.has(name))])].sort();
}

export async function removeSecrets(context: Context, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const result = await context.docker.try(['secret', 'rm', name]);
    if (result.code !== 0 && !/not found|no such secret/i.test(result.stderr)) {
      throw new Fatal(`cannot remove secret ${name}: ${result.stderr.trim()}`);
    }
    context.log.info(`secret ${name} removed`);
  }
}

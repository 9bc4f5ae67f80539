/**
 * Keeps the proxy as it should be: the traefik recipe, deployed by the driver like any other app, in wildcard mode.
 * Inspects, acts only if needed, and keeps no sentinel: the swarm itself says what is there.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { withEnvValues } from '../domain/recipe/dotenv.ts';
import { stackOf } from '../domain/run/names.ts';
import { cloneAt, resolveRef } from '../git/git.ts';
import { type CertificateFiles, certificateVersion } from './certificate.ts';
import {
  checkoutOf,
  deploy,
  done,
  envFile,
  isAsWished,
  needSwarm,
  type ProxyDeps,
  RECIPE,
  secretVersions,
  SETTINGS_LABEL,
} from './deployment.ts';
import { ensureSlotNetworks, hasJoined, JOIN_FILE, writeJoinFile } from './join.ts';
import { type Route, routeLabels } from './routes.ts';
import { removeOldSecrets } from './secret-versions.ts';

export interface ProxyWish extends CertificateFiles {
  readonly zone: string;
  /** The traefik recipe. */
  readonly repo: string;
  readonly ref: string;
  /** How many runs there may be at a time: each has a network of its own to the proxy. */
  readonly slots: number;
  /** More settings of the recipe's .env. */
  readonly settings: Readonly<Record<string, string>>;
  /** What else it leads to than apps. */
  readonly routes: readonly Route[];
}

/** `unchanged` if nothing had to be done. Throws Terminal with what a person has to do. */
export async function ensureProxy(deps: ProxyDeps, wish: ProxyWish): Promise<'unchanged' | 'deployed'> {
  const domain = `${RECIPE}.${wish.zone}`;
  const stack = stackOf(domain);
  await needSwarm(deps.swarm);
  const version = await certificateVersion(wish, { zone: wish.zone, now: deps.clock.now() });
  const commit = await resolveRef(wish.repo, wish.ref, deps.env);
  const networks = await ensureSlotNetworks(deps.networks, wish.slots);
  const wished = { stack, commit, version, settings: digestOf(wish) };
  const isThere = await isAsWished(deps, wished);
  if (!isThere || !hasJoined(await deps.specs.specs(stack), networks)) {
    deps.say(`deploying the proxy ${domain} at ${commit.slice(0, 8)}`);
    const labels = { [SETTINGS_LABEL]: wished.settings, ...routeLabels(wish.routes) };
    await writeJoinFile(await checkout(deps, wish, commit), { networks, labels });
    await writeEnv(deps, { domain, version, settings: wish.settings });
    await deploy(deps, { ...wished, domain, files: wish });
    return 'deployed';
  }
  await removeOldSecrets(deps, { stack, version });
  return 'unchanged';
}

function digestOf({ settings, routes }: ProxyWish): string {
  const sorted = Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));
  const told = JSON.stringify([sorted, routes.map(({ host, url }) => [host, url])]);
  return createHash('sha256').update(told).digest('hex').slice(0, 16);
}

async function checkout(deps: ProxyDeps, wish: ProxyWish, commit: string): Promise<string> {
  const folder = checkoutOf(deps);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await cloneAt(wish.repo, commit, { folder, env: deps.env });
  done(await deps.abra.addLocalServer(), 'server add');
  return folder;
}

async function writeEnv(
  deps: ProxyDeps,
  app: { domain: string; version: string; settings: ProxyWish['settings'] },
): Promise<void> {
  const file = envFile(deps, app.domain);
  await rm(file, { force: true });
  done(await deps.abra.appNew({ recipe: RECIPE, domain: app.domain, chaos: true }), 'app new');
  const values = {
    ...app.settings,
    LETS_ENCRYPT_ENV: '',
    WILDCARDS_ENABLED: '1',
    COMPOSE_FILE: `compose.yml:compose.wildcard.yml:${JOIN_FILE}`,
    ...secretVersions(app.version),
  };
  await writeFile(file, withEnvValues(await readFile(file, 'utf8'), values), { mode: 0o600 });
}

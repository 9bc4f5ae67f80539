/**
 * Keeps the proxy as it should be: the traefik recipe, deployed by the driver like any other app, in wildcard mode.
 * Inspects, acts only if needed, and keeps no sentinel: the swarm itself says what is there.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import type { Abra, AbraResult } from '../abra/driver.ts';
import { withEnvValues } from '../domain/recipe/dotenv.ts';
import { convergenceOf } from '../domain/swarm/convergence.ts';
import { stackOf } from '../domain/run/names.ts';
import type { Clock, SpecReader, StackSeen, Swarm } from '../ports.ts';
import { Terminal } from '../runtime/errors.ts';
import { until } from '../runtime/until.ts';
import { versionOf } from '../stages/app/watch-stack.ts';
import { cloneAt, resolveRef } from '../git/git.ts';
import { ensureSlotNetworks, hasJoined, JOIN_FILE, type NetworkKeeper, writeJoinFile } from './join.ts';

export interface ProxyDeps {
  readonly swarm: Swarm;
  readonly specs: SpecReader;
  readonly networks: NetworkKeeper;
  readonly abra: Abra;
  readonly clock: Clock;
  readonly wait: (ms: number) => Promise<void>;
  /** The proxy's own ABRA_DIR, kept between calls. */
  readonly abraDir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly say: (text: string) => void;
}

export interface ProxyWish {
  readonly zone: string;
  /** The traefik recipe. */
  readonly repo: string;
  readonly ref: string;
  /** Wildcard certificate with its chain, and its key: PEM files. */
  readonly certFile: string;
  readonly keyFile: string;
  /** How many runs there may be at a time: each has a network of its own to the proxy. */
  readonly slots: number;
  /** More settings of the recipe's .env. */
  readonly settings: Readonly<Record<string, string>>;
}

const RECIPE = 'traefik';
const CONVERGE_MS = 180_000;
/** A person waits for it. */
const CONVERGE_LOOK_MS = 250;

/** `unchanged` if nothing had to be done. Throws Terminal with what a person has to do. */
export async function ensureProxy(deps: ProxyDeps, wish: ProxyWish): Promise<'unchanged' | 'deployed'> {
  const domain = `${RECIPE}.${wish.zone}`;
  const stack = stackOf(domain);
  await needSwarm(deps.swarm);
  const version = await certificateVersion(wish);
  const commit = await resolveRef(wish.repo, wish.ref, deps.env);
  const networks = await ensureSlotNetworks(deps.networks, wish.slots);
  if (
    isAsWished(await deps.swarm.observe(stack), { commit, version, now: deps.clock.now() }) &&
    hasJoined(await deps.specs.specs(stack), networks)
  )
    return 'unchanged';

  deps.say(`deploying the proxy ${domain} at ${commit.slice(0, 8)}`);
  await writeJoinFile(await checkout(deps, wish, commit), networks);
  await writeEnv(deps, { domain, version, settings: wish.settings });
  await insertSecrets(deps, { domain, stack, version, wish });
  done(await deps.abra.deploy({ domain, chaos: true, force: true, noDomainChecks: true }), 'deploy');
  await awaitConverged(deps, { stack, commit, version });
  return 'deployed';
}

async function needSwarm(swarm: Swarm): Promise<void> {
  const info = await swarm.info();
  if (info.swarm !== 'active' || !info.manager)
    throw new Terminal('NoSwarm', 'Docker here is not a swarm manager. Run `docker swarm init`.');
  const things = await swarm.things();
  if (things.some((thing) => thing.kind === 'network' && thing.name === 'proxy')) return;
  throw new Terminal(
    'NoProxyNetwork',
    'The overlay network "proxy" is missing. Run `docker network create -d overlay --attachable --subnet 10.100.0.0/20 proxy`.',
  );
}

/** Swarm secrets cannot change: a new certificate is a new version of the secret, so its version is its hash. */
async function certificateVersion({ certFile, keyFile, zone }: ProxyWish): Promise<string> {
  const cert = await readFile(certFile);
  const parsed = new X509Certificate(cert);
  if (parsed.checkHost(`any.${zone}`) === undefined)
    throw new Terminal(
      'CertificateWrong',
      `${certFile} is not valid for *.${zone}, but for ${parsed.subjectAltName ?? 'nothing'}.`,
    );
  return `c${createHash('sha256')
    .update(cert)
    .update(await readFile(keyFile))
    .digest('hex')
    .slice(0, 8)}`;
}

interface Wished {
  readonly commit: string;
  readonly version: string;
  readonly now: Date;
}

function isAsWished(seen: StackSeen, { commit, version, now }: Wished): boolean {
  if (
    !seen.things.some(
      (thing) => thing.kind === 'secret' && thing.name === `${seen.stack}_ssl_cert_${version}`,
    )
  )
    return false;
  const expected = {
    version: versionOf(seen.stack, commit),
    since: new Date(0),
    crashLoop: { restarts: 3, withinMs: 60_000 },
  };
  return convergenceOf(seen, expected, now).state === 'converged';
}

async function checkout(deps: ProxyDeps, wish: ProxyWish, commit: string): Promise<string> {
  const folder = join(deps.abraDir, 'recipes', RECIPE);
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
  const file = join(deps.abraDir, 'servers', 'default', `${app.domain}.env`);
  await rm(file, { force: true });
  done(await deps.abra.appNew({ recipe: RECIPE, domain: app.domain, chaos: true }), 'app new');
  const values = {
    ...app.settings,
    LETS_ENCRYPT_ENV: '',
    WILDCARDS_ENABLED: '1',
    COMPOSE_FILE: `compose.yml:compose.wildcard.yml:${JOIN_FILE}`,
    SECRET_WILDCARD_CERT_VERSION: app.version,
    SECRET_WILDCARD_KEY_VERSION: app.version,
  };
  await writeFile(file, withEnvValues(await readFile(file, 'utf8'), values), { mode: 0o600 });
}

async function insertSecrets(
  { swarm, abra }: ProxyDeps,
  app: { domain: string; stack: string; version: string; wish: ProxyWish },
): Promise<void> {
  const { things } = await swarm.observe(app.stack);
  for (const [name, file] of [
    ['ssl_cert', app.wish.certFile],
    ['ssl_key', app.wish.keyFile],
  ] as const) {
    if (
      things.some((thing) => thing.kind === 'secret' && thing.name === `${app.stack}_${name}_${app.version}`)
    )
      continue;
    done(
      await abra.secretInsert({ domain: app.domain, name, version: app.version, file }),
      `secret insert ${name}`,
    );
  }
}

async function awaitConverged(
  deps: ProxyDeps,
  wished: { stack: string; commit: string; version: string },
): Promise<void> {
  const { clock, swarm, wait } = deps;
  const isConverged = (seen: StackSeen): true | undefined =>
    isAsWished(seen, { ...wished, now: clock.now() }) || undefined;
  await until(() => swarm.observe(wished.stack), isConverged, {
    every: CONVERGE_LOOK_MS,
    deadline: new Date(clock.now().getTime() + CONVERGE_MS),
    clock,
    wait,
    late: () => {
      throw new Terminal(
        'ProxyNotConverged',
        `The proxy did not become healthy within ${CONVERGE_MS / 1000} s. See \`docker service ps ${wished.stack}_app\`.`,
      );
    },
  });
}

function done(result: AbraResult<unknown>, what: string): void {
  if (!result.ok) throw new Terminal('ProxyNotDeployed', `${what} of the proxy failed: ${result.message}`);
}

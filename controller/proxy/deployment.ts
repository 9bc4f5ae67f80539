/** The proxy as it is deployed: what shows that it is as wished, and the deploy of what is wished. */
import { join } from 'node:path';
import type { Abra, AbraResult } from '../abra/driver.ts';
import { convergenceOf } from '../domain/swarm/convergence.ts';
import { PROXY_NETWORK } from '../domain/swarm/slot-networks.ts';
import type { Clock, SpecReader, StackSeen, Swarm } from '../ports.ts';
import { Terminal } from '../runtime/errors.ts';
import { until } from '../runtime/until.ts';
import { versionOf } from '../stages/app/watch-stack.ts';
import type { CertificateFiles } from './certificate.ts';
import type { NetworkKeeper } from './join.ts';
import { removeOldSecrets, SECRETS, secretName, usesVersion } from './secret-versions.ts';

export const RECIPE = 'traefik';
const CONVERGE_MS = 180_000;
/** A person waits for it. */
const CONVERGE_LOOK_MS = 250;

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

export interface Wished {
  readonly stack: string;
  readonly commit: string;
  readonly version: string;
  readonly settings: string;
}

/** What the swarm was told and what it made of it: a secret that is there and not used was left by a deploy that died. */
export async function isAsWished(deps: ProxyDeps, wished: Wished): Promise<boolean> {
  const seen = await deps.swarm.observe(wished.stack);
  if (labelOf(seen) !== wished.settings) return false;
  if (!usesVersion(await deps.specs.specs(wished.stack), wished.stack, wished.version)) return false;
  const expected = {
    version: versionOf(wished.stack, wished.commit),
    since: new Date(0),
    crashLoop: { restarts: 3, withinMs: 60_000 },
  };
  return convergenceOf(seen, expected, deps.clock.now()).state === 'converged';
}

export const checkoutOf = ({ abraDir }: ProxyDeps): string => join(abraDir, 'recipes', RECIPE);
export const envFile = ({ abraDir }: ProxyDeps, domain: string): string =>
  join(abraDir, 'servers', 'default', `${domain}.env`);
export const secretVersions = (version: string) => ({
  SECRET_WILDCARD_CERT_VERSION: version,
  SECRET_WILDCARD_KEY_VERSION: version,
});

/** Without a swarm, and without the network that it shares with every app, nothing can be deployed. */
export async function needSwarm(swarm: Swarm): Promise<void> {
  const info = await swarm.info();
  const todo = 'Run `ccci-ctl swarm`, which makes both.';
  if (info.swarm !== 'active' || !info.manager)
    throw new Terminal(
      'NoSwarm',
      `Docker here is not the manager of a swarm with the network "${PROXY_NETWORK}". ${todo}`,
    );
  const things = await swarm.things();
  if (things.some((thing) => thing.kind === 'network' && thing.name === PROXY_NETWORK)) return;
  throw new Terminal('NoProxyNetwork', `The overlay network "${PROXY_NETWORK}" is missing. ${todo}`);
}

/** Says on the proxy itself which settings it was deployed with, so that another is seen. */
export const SETTINGS_LABEL = 'ccci.proxy.settings';

export const labelOf = ({ services }: StackSeen): string =>
  services.find(({ name }) => name === 'app')?.labels[SETTINGS_LABEL] ?? '';

export interface Deployment extends Wished {
  readonly domain: string;
  readonly files: CertificateFiles;
}

export async function deploy(deps: ProxyDeps, app: Deployment): Promise<void> {
  await insertSecrets(deps, app);
  const { domain, stack, version } = app;
  done(await deps.abra.deploy({ domain, chaos: true, force: true, noDomainChecks: true }), 'deploy');
  await awaitConverged(deps, app);
  await removeOldSecrets(deps, { stack, version });
}

async function insertSecrets({ swarm, abra }: ProxyDeps, app: Deployment): Promise<void> {
  const { domain, stack, version, files } = app;
  const { things } = await swarm.observe(stack);
  for (const name of SECRETS) {
    const wanted = secretName(stack, name, version);
    if (things.some((thing) => thing.kind === 'secret' && thing.name === wanted)) continue;
    const file = name === 'ssl_cert' ? files.certFile : files.keyFile;
    done(await abra.secretInsert({ domain, name, version, file }), `secret insert ${name}`);
  }
}

async function awaitConverged(deps: ProxyDeps, wished: Wished): Promise<void> {
  const { clock, wait } = deps;
  await until(
    () => isAsWished(deps, wished),
    (is) => is || undefined,
    {
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
    },
  );
}

export function done(result: AbraResult<unknown>, what: string): void {
  if (!result.ok) throw new Terminal('ProxyNotDeployed', `${what} of the proxy failed: ${result.message}`);
}

/** Whether each run would have a network to the proxy that is its own. */
import type { Config } from '../../config.ts';
import { PROXY_NETWORK, slotNetworks } from '../../domain/swarm/slot-networks.ts';
import type { ServiceJoined } from '../../ports.ts';
import { fail, type Finding, ok, warn } from './finding.ts';

interface Probes {
  readonly config: Pick<Config, 'maxTests' | 'deployerTakes'>;
  abra(): Promise<{ readonly kind: 'abra' | 'builtin' }>;
  joined(network: string): Promise<readonly ServiceJoined[] | null>;
}

const AGAIN =
  'Run `ccci-ctl proxy` again while no run is going on: it makes the networks, and the proxy joins them.';

export async function runNetworks(probes: Probes): Promise<Finding> {
  const { maxTests, deployerTakes } = probes.config;
  const { kind } = await probes.abra();
  if (kind === 'abra' || deployerTakes === 'files') return shared(maxTests);
  const wanted = slotNetworks(maxTests);
  const seen = await Promise.all(wanted.map(async (name) => ({ name, joined: await probes.joined(name) })));
  const namesOf = (some: typeof seen): string => some.map(({ name }) => name).join(', ');
  const missing = seen.filter(({ joined }) => joined === null);
  if (missing.length > 0) return fail(`there is no network ${namesOf(missing)}`, AGAIN);
  const isServed = (joined: readonly ServiceJoined[] | null): boolean =>
    joined?.some(({ networks }) => networks.includes(PROXY_NETWORK)) === true;
  const unserved = seen.filter(({ joined }) => !isServed(joined));
  if (unserved.length > 0) return fail(`no proxy has joined ${namesOf(unserved)}`, AGAIN);
  return ok(`${wanted.length}, for CCCI_MAX_TESTS=${maxTests}`);
}

/** Who reads the recipe's own files deploys into the network that they name. */
function shared(maxTests: number): Finding {
  const about = `the deployer reads the files itself, so every app is in the network "${PROXY_NETWORK}"`;
  return maxTests === 1
    ? ok(`${about}, one at a time`)
    : warn(about, 'Set CCCI_MAX_TESTS=1, or apps of different runs reach each other.');
}

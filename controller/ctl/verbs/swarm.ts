/** `swarm`: Docker is the manager of a swarm with the network of the proxy, made only where it is not so already. */
import { isIP, isIPv4 } from 'node:net';
import { usageError } from '../../views/refusal.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { type Ctl, print, say } from '../terminal/world.ts';

export interface SwarmOptions {
  readonly advertiseAddress?: string;
  readonly subnet: string;
}

/** A smaller one runs out sooner, a /24 at about 100 services; Docker takes none that is larger than /8. */
const PREFIXES = { widest: 8, narrowest: 16 };

export async function swarm(ctl: Ctl, options: SwarmOptions): Promise<ExitCode> {
  const { advertiseAddress: address, subnet } = options;
  if (address !== undefined && isIP(address) === 0)
    throw usageError(`"${address}" is no address.`, 'Give an address of this machine: `ip address`.');
  const [network = '', prefix = ''] = subnet.split('/');
  const bits = /^\d{1,2}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (!isIPv4(network) || !(bits >= PREFIXES.widest && bits <= PREFIXES.narrowest))
    throw usageError(`"${subnet}" is no network of /16 or larger.`, 'Give one such as 10.77.0.0/16.');
  const done = await ctl.ground(ctl.config, { address: address ?? null, subnet }, (text) => say(ctl, text));
  print(ctl, `swarm ${done}`);
  return EXIT.ok;
}

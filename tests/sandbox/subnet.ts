import { digest } from './paths.ts';

/** One /24 for each sandbox on the machine: 10.231.X.0. */
const BASE = '10.231';
/** What the swarm gives to stacks' networks, clear of every sandbox's own /24. */
export const STACK_POOL = '10.240.0.0/12';
/** The network every app shares with Traefik; /24 would run out of addresses at about 120 services. */
export const PROXY_SUBNET = '10.232.0.0/20';

export interface Subnet {
  prefix: string;
  /** The host's own address on the bridge. */
  gateway: string;
  /** The node's address, where its ports 80 and 443 answer. */
  address: string;
}

export function subnetOf(prefix: string): Subnet {
  return { prefix, gateway: `${prefix}.1`, address: `${prefix}.11` };
}

/** The first free /24 counted from the one that the name stands for, so that a name tends to keep its own. */
export function chooseSubnet(name: string, isTaken: (prefix: string) => boolean): Subnet {
  const start = Number.parseInt(digest(name).slice(0, 4), 16);
  for (let step = 0; step < 256; step++) {
    const prefix = `${BASE}.${(start + step) % 256}`;
    if (!isTaken(prefix)) return subnetOf(prefix);
  }
  throw new Error(`Every network ${BASE}.X.0/24 is taken: remove sandboxes that are no longer used.`);
}

/** True where an address or a route (`10.231.4.1/24`, `default`) lies in or over the /24 of `prefix`. */
export function overlaps(prefix: string, route: string): boolean {
  const [address = '', bits = '32'] = route.split('/');
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(address)) return false;
  const size = Math.min(Number(bits), 24);
  // A default route goes everywhere and takes nothing.
  if (size === 0) return false;
  const mask = 0xff_ff_ff_ff << (32 - size);
  return (numberOf(address) & mask) === (numberOf(`${prefix}.0`) & mask);
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0);
}

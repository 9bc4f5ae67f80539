/** Names of the networks between the proxy and one run's app each, so that apps of different runs do not see each other. Pure. */
import type { ServiceJoined } from '../../ports.ts';

/** The network that recipes name, and that the proxy and an operator's own apps are in. */
export const PROXY_NETWORK = 'proxy';

/** A stalled run keeps its network while others go on, so there are some more than slots. */
const SPARE = 2;

/** Whether an app reaches the internet: Swarm gives a way out with any network that is not internal. */
export type Egress = 'none' | 'open';

export const slotNetwork = (slot: number, egress: Egress): string =>
  `ccci-proxy-${slot}${egress === 'none' ? '-closed' : ''}`;

export const isSlotNetwork = (name: string): boolean => /^ccci-proxy-[1-9]\d{0,3}(?:-closed)?$/.test(name);

/** Whether it has to be internal. */
export const isClosed = (name: string): boolean => name.endsWith('-closed');

/** Those that an installation with so many slots needs: each run may have either. */
export function slotNetworks(slots: number): string[] {
  const numbers = Array.from({ length: slots + SPARE }, (_, index) => index + 1);
  return numbers.flatMap((slot) => [slotNetwork(slot, 'open'), slotNetwork(slot, 'none')]);
}

export interface NetworkProblem {
  readonly reason: 'ProxyNetworkMissing' | 'ProxyNetworkUnserved' | 'ProxyNetworkTaken';
  readonly message: string;
}

/** Why that stack cannot be deployed into that network alone with the proxy; null where it can. */
export function slotNetworkProblem(
  stack: string,
  network: string,
  joined: readonly ServiceJoined[] | null,
): NetworkProblem | null {
  if (joined === null)
    return { reason: 'ProxyNetworkMissing', message: `There is no network "${network}" for this run's app.` };
  const others = joined.filter((each) => each.stack !== stack && each.networks.includes(network));
  const isProxy = ({ networks }: ServiceJoined): boolean => networks.includes(PROXY_NETWORK);
  const stranger = others.find((each) => !isProxy(each));
  if (stranger !== undefined)
    return {
      reason: 'ProxyNetworkTaken',
      message: `The network "${network}", which has to be this run's alone, is also joined by the service "${stranger.service}".`,
    };
  if (others.length > 0) return null;
  return {
    reason: 'ProxyNetworkUnserved',
    message: `No proxy has joined the network "${network}", so nothing would lead to this run's app.`,
  };
}

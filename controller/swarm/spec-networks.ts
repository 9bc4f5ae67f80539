/** The networks of a stack as the swarm has them, in the ports' words. */
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import type { NetworkSpec } from '../ports.ts';
import { type Engine, parsed, withSignal } from './client.ts';
import { STACK_LABEL } from './things.ts';

const map = z
  .record(z.string(), z.string())
  .nullish()
  .transform((record) => record ?? {});
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);

const Network = z.object({
  Name: z.string(),
  Driver: z.string(),
  Internal: flag,
  Attachable: flag,
  Ingress: flag,
  EnableIPv6: flag,
  Options: map,
  Labels: map,
  IPAM: z
    .object({
      Driver: z.string().nullish(),
      Options: map,
      Config: z.array(z.object({ Subnet: z.string().nullish() })).nullish(),
    })
    .nullish(),
});
type Told = z.infer<typeof Network>;

const Cluster = z.object({ DefaultAddrPool: z.array(z.string()).nullish() });

/** The engine writes this one by itself. */
export const WRITTEN_BY_ENGINE = 'com.docker.network.driver.overlay.vxlanid_list';
/** Where a swarm says nothing of its addresses, it picks from these (swarmkit). */
const USUAL_POOL = ['10.0.0.0/8'];

export async function readNetworks(engine: Engine, stack: string): Promise<NetworkSpec[]> {
  const what = 'list networks with their options';
  const filters = { label: [`${STACK_LABEL}=${stack}`] };
  const [networks, cluster] = await Promise.all([
    engine.ask(what, (signal) => engine.docker.listNetworks(withSignal({ filters }, signal))),
    engine.ask('look at the swarm', () => engine.docker.swarmInspect()),
  ]);
  const pool = poolOf(parsed(Cluster, 'look at the swarm', cluster).DefaultAddrPool ?? USUAL_POOL);
  return parsed(z.array(Network), what, networks)
    .map((told) => networkOf(told, pool))
    .sort((a, b) => a.name.localeCompare(b.name));
}

type Picks = (subnet: string) => boolean;

/** Whether the swarm would pick such a subnet by itself. */
function poolOf(subnets: readonly string[]): Picks {
  const pool = new BlockList();
  for (const subnet of subnets) {
    const [address = '', bits = ''] = subnet.split('/');
    pool.addSubnet(address, Number(bits), kindOf(address));
  }
  return (subnet) => {
    const [address = ''] = subnet.split('/');
    return isIP(address) !== 0 && pool.check(address, kindOf(address));
  };
}

const kindOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

function networkOf(told: Told, picks: Picks): NetworkSpec {
  const { [WRITTEN_BY_ENGINE]: _written, ...options } = told.Options;
  return {
    name: told.Name,
    driver: told.Driver,
    internal: told.Internal,
    attachable: told.Attachable,
    ipv6: told.EnableIPv6,
    ingress: told.Ingress,
    options,
    ipam: ipamOf(told.IPAM, picks),
    labels: told.Labels,
  };
}

function ipamOf(ipam: Told['IPAM'], picks: Picks): string[] {
  const subnets = (ipam?.Config ?? []).map(({ Subnet }) => Subnet ?? '');
  return [
    ...(['', 'default'].includes(ipam?.Driver ?? '') ? [] : [`driver ${ipam?.Driver}`]),
    ...Object.entries(ipam?.Options ?? {}).map(([key, value]) => `option ${key}=${value}`),
    ...subnets.filter((subnet) => subnet !== '' && !picks(subnet)).map((subnet) => `subnet ${subnet}`),
  ];
}

import type Docker from 'dockerode';
import { STACK_POOL } from './subnet.ts';
import { waitUntil } from './processes.ts';

/** A manager that comes back from a crash reads its log and elects itself: a few seconds. */
const READY_MS = 30_000;

export type SwarmState = 'active' | 'inactive' | 'pending' | 'error' | 'locked';

export async function swarmState(docker: Docker): Promise<SwarmState> {
  const info = (await docker.info()) as { Swarm: { LocalNodeState: SwarmState; ControlAvailable: boolean } };
  const { LocalNodeState, ControlAvailable } = info.Swarm;
  return LocalNodeState === 'active' && !ControlAvailable ? 'pending' : LocalNodeState;
}

export async function ensureSwarm(docker: Docker, address: string): Promise<void> {
  if ((await swarmState(docker)) === 'inactive') {
    await docker.swarmInit({
      ListenAddr: `${address}:2377`,
      AdvertiseAddr: address,
      DefaultAddrPool: [STACK_POOL],
      SubnetSize: 24,
    });
  }
  if (await waitUntil(() => isReady(docker), READY_MS)) return;
  throw new Error(`The swarm is not ready: it is "${await swarmState(docker)}". See \`docker info\`.`);
}

/** The node has to be ready, or the first tasks wait for no visible reason. */
export async function isReady(docker: Docker): Promise<boolean> {
  try {
    const nodes = (await docker.listNodes()) as { Status: { State: string } }[];
    return nodes.some((node) => node.Status.State === 'ready');
  } catch {
    return false;
  }
}

/** The network that Traefik and every app share. */
export async function ensureProxyNetwork(docker: Docker, subnet?: string): Promise<void> {
  const networks = await docker.listNetworks({ filters: { name: ['proxy'] } });
  if (networks.some((network) => network.Name === 'proxy')) return;
  const IPAM = subnet ? { Driver: 'default', Config: [{ Subnet: subnet }] } : undefined;
  await docker.createNetwork({
    Name: 'proxy',
    Driver: 'overlay',
    Attachable: true,
    CheckDuplicate: true,
    IPAM,
  });
}

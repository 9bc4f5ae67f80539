/** The servers of this installation: one so far, with what the configuration says of it. */
import { DEFAULT_SERVER } from '../api/primitives.ts';
import type { Servers } from '../ports.ts';
import { makeServers } from '../runtime/servers.ts';
import { makeSwarm } from './docker.ts';

/** As abra calls the machine that it runs on. */
const ABRA_LOCAL = 'default';

export function serversOf({ dockerHost, zone }: { dockerHost: string; zone: string }): Servers {
  const swarm = makeSwarm({ dockerHost });
  return makeServers([{ name: DEFAULT_SERVER, swarm, zone, dockerHost, abraServer: ABRA_LOCAL }]);
}

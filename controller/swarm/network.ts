/** Looks up one network by its name. */
import { z } from 'zod';
import { type Engine, isNotFound, makeEngine, parsed, withSignal } from './client.ts';

export interface NetworkSeen {
  readonly driver: string;
  readonly subnets: readonly string[];
}

const NetworkShape = z.object({
  Driver: z.string(),
  IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string().optional() })).nullable() }),
});

/** The types know no options here, the library does. */
type Inspect = (options: object) => Promise<unknown>;

/** Null where there is no such network. */
export async function readNetwork(engine: Engine, name: string): Promise<NetworkSeen | null> {
  try {
    const network = engine.docker.getNetwork(name);
    const inspect: Inspect = network.inspect.bind(network);
    const answer = await engine.ask(`inspect network ${name}`, (signal) => inspect(withSignal({}, signal)));
    const { Driver, IPAM } = parsed(NetworkShape, 'network', answer);
    return { driver: Driver, subnets: (IPAM.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []) };
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

export function lookAtNetworks(options: {
  readonly dockerHost: string;
  readonly callMs?: number;
}): (name: string) => Promise<NetworkSeen | null> {
  const engine = makeEngine(options);
  return (name) => readNetwork(engine, name);
}

/** Makes a Docker the manager of a swarm, and the network of the proxy on it. */
import { z } from 'zod';
import { Terminal } from '../runtime/errors.ts';
import { EngineError, makeEngine, parsed, withSignal } from './client.ts';
import { readNetwork } from './network.ts';

const Info = z.object({
  Swarm: z.object({
    LocalNodeState: z
      .enum(['', 'inactive', 'pending', 'active', 'error', 'locked'])
      .transform((state) => (state === '' ? ('inactive' as const) : state)),
    ControlAvailable: z.boolean(),
    Error: z.string().default(''),
    NodeAddr: z.string().default(''),
  }),
});

/** Managers speak here with each other; the firewall of a machine alone leaves it closed. */
const LISTEN = '0.0.0.0:2377';

/** Says in words what only a person can do about what Docker refused. */
async function orAsk<T>(deed: Promise<T>, when: RegExp, ask: () => Terminal): Promise<T> {
  try {
    return await deed;
  } catch (error) {
    throw error instanceof EngineError && when.test(error.message)
      ? Object.assign(ask(), { cause: error })
      : error;
  }
}

export function makeGroundKeeper({ dockerHost }: { readonly dockerHost: string }) {
  const engine = makeEngine({ dockerHost });
  const { docker } = engine;
  return {
    observe: async () => {
      const answer = await engine.ask('info', () => docker.info() as Promise<unknown>);
      const { LocalNodeState, ControlAvailable, Error, NodeAddr } = parsed(Info, 'info', answer).Swarm;
      const isManager = LocalNodeState === 'active' && ControlAvailable;
      const network = isManager ? await readNetwork(engine, 'proxy') : null;
      return { state: LocalNodeState, manager: ControlAvailable, error: Error, address: NodeAddr, network };
    },
    makeSwarm: async (address: string | null): Promise<void> => {
      const wish = { ListenAddr: LISTEN, ...(address === null ? {} : { AdvertiseAddr: address }) };
      await orAsk(
        engine.ask(
          'make a swarm',
          (signal) => docker.swarmInit(withSignal(wish, signal)) as Promise<unknown>,
        ),
        /multiple (?:IP )?addresses|could not choose an IP address|advertise address/i,
        () =>
          new Terminal(
            'AddressUnclear',
            `Docker cannot take ${address ?? 'an address of this machine by itself'} as the one of the swarm. Say which: \`ccci-ctl swarm --advertise-address <address>\`.`,
          ),
      );
    },
    makeNetwork: async (name: string, subnet: string): Promise<void> => {
      const wish = {
        Name: name,
        Driver: 'overlay',
        Attachable: true,
        CheckDuplicate: true,
        IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] },
      };
      await orAsk(
        engine.ask(`make network ${name}`, (signal) => docker.createNetwork(withSignal(wish, signal))),
        /overlaps|invalid subnet|invalid network/i,
        () =>
          new Terminal(
            'SubnetTaken',
            `The addresses ${subnet} of the network "${name}" are taken or none. Say others: \`ccci-ctl swarm --subnet <address>/16\`.`,
          ),
      );
    },
  };
}

/** What is under the proxy and every app: Docker is the manager of a swarm, with the network that all share. Looks, acts only where it is not so, and looks again. */
import { PROXY_NETWORK } from '../domain/swarm/slot-networks.ts';
import type { Clock } from '../ports.ts';
import { Terminal } from '../runtime/errors.ts';
import { until } from '../runtime/until.ts';

export interface GroundSeen {
  readonly state: 'inactive' | 'pending' | 'active' | 'error' | 'locked';
  readonly manager: boolean;
  /** Swarm's own words for what is wrong, or ''. */
  readonly error: string;
  /** Under which the swarm knows this machine, or ''. */
  readonly address: string;
  /** Null where there is none of the name; not asked for where there is no swarm. */
  readonly network: { readonly driver: string; readonly subnets: readonly string[] } | null;
}

export interface GroundWish {
  /** Null: Docker takes the only one that the machine has. */
  readonly address: string | null;
  readonly subnet: string;
}

export interface GroundKeeper {
  observe(): Promise<GroundSeen>;
  /** Throws Terminal where Docker cannot tell which address to take. */
  makeSwarm(address: string | null): Promise<void>;
  /** Throws Terminal where the addresses are taken. */
  makeNetwork(name: string, subnet: string): Promise<void>;
}

export type GroundStep =
  | { readonly do: 'nothing' | 'wait' | 'make swarm' | 'make network' }
  | { readonly do: 'ask'; readonly reason: string; readonly message: string };

const ask = (reason: string, message: string): GroundStep => ({ do: 'ask', reason, message });
const LEAVE = '`docker swarm leave --force`, which removes every app here, and start this unit again';

/** The next thing to do. What would take something from somebody is a person's. */
export function groundStep(seen: GroundSeen, wish: GroundWish): GroundStep {
  switch (seen.state) {
    case 'inactive':
      return { do: 'make swarm' };
    case 'pending':
      return { do: 'wait' };
    case 'locked':
      return ask(
        'SwarmLocked',
        'The swarm is locked. Run `docker swarm unlock` with the key that its operator keeps.',
      );
    case 'error':
      return ask(
        'SwarmBroken',
        `The swarm of this machine does not come up: ${seen.error || 'Docker does not say why'}. Mend that, or run ${LEAVE}.`,
      );
    case 'active':
      return activeStep(seen, wish);
    default:
      return seen.state satisfies never;
  }
}

function activeStep({ manager, address, network }: GroundSeen, wish: GroundWish): GroundStep {
  if (!manager)
    return ask(
      'NotManager',
      `This machine is a worker of another machine's swarm. Run \`docker node promote\` there, or here ${LEAVE}.`,
    );
  if (wish.address !== null && address !== wish.address)
    return ask(
      'SwarmAddress',
      `The swarm knows this machine as ${address}, not as ${wish.address}. Correct the one that is wrong; for the swarm, run ${LEAVE}.`,
    );
  if (network === null) return { do: 'make network' };
  if (network.driver !== 'overlay')
    return ask(
      'NetworkWrong',
      `The network "${PROXY_NETWORK}" is a ${network.driver} network, and has to be an overlay one. Remove it with \`docker network rm ${PROXY_NETWORK}\`, and start this unit again.`,
    );
  return { do: 'nothing' };
}

export interface GroundDeps {
  readonly keeper: GroundKeeper;
  readonly clock: Clock;
  readonly wait: (ms: number) => Promise<void>;
  readonly say: (text: string) => void;
}

/** A swarm elects its manager within seconds, also after a start of the machine. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 250;

/** `unchanged` if nothing had to be done. Throws Terminal with what only a person can do. */
export async function ensureGround(deps: GroundDeps, wish: GroundWish): Promise<'unchanged' | 'changed'> {
  let changed = false;
  const act = async (seen: GroundSeen): Promise<true | undefined> => {
    const step = groundStep(seen, wish);
    if (step.do === 'nothing') return true;
    if (step.do === 'ask') throw new Terminal(step.reason, step.message);
    if (step.do === 'wait') return undefined;
    deps.say(
      step.do === 'make swarm' ? 'making a swarm of this Docker' : `making the network ${PROXY_NETWORK}`,
    );
    if (step.do === 'make swarm') await deps.keeper.makeSwarm(wish.address);
    else await deps.keeper.makeNetwork(PROXY_NETWORK, wish.subnet);
    changed = true;
    return undefined;
  };
  await until(() => deps.keeper.observe(), act, {
    every: LOOK_MS,
    deadline: new Date(deps.clock.now().getTime() + PATIENCE_MS),
    clock: deps.clock,
    wait: deps.wait,
    late: ({ state }) => {
      throw new Terminal(
        'SwarmNotReady',
        `The swarm was not ready after ${PATIENCE_MS / 1000} s: it is "${state}". See \`docker info\` and \`journalctl -u docker\`.`,
      );
    },
  });
  return changed ? 'changed' : 'unchanged';
}

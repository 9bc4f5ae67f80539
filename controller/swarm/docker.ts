/** The Swarm port on a real Docker Engine. */
import type { Swarm, SwarmInfo } from '../ports.ts';
import { type Engine, makeEngine, parsed, withSignal } from './client.ts';
import { KnownStacks } from './event-stack.ts';
import { WATCH_TIMES, watchEvents, type WatchTimes } from './events.ts';
import { ensureImage } from './images.ts';
import { killContainer } from './kill.ts';
import { readLogs } from './logs.ts';
import { observeStack } from './observe.ts';
import { ensureAbsent } from './remove.ts';
import { InfoShape, Networks, Nodes, VersionShape } from './shapes.ts';
import { listEverything } from './things.ts';

export interface SwarmOptions {
  /** `unix:///path/to/docker.sock` or `tcp://host:port`. */
  readonly dockerHost: string;
  readonly log?: { warn(fields: object, message: string): void };
  /** For tests. */
  readonly watchTimes?: Partial<WatchTimes>;
  readonly callMs?: number;
}

export function makeSwarm(options: SwarmOptions): Swarm {
  const engine = makeEngine(options);
  const known = new KnownStacks();
  const times = { ...WATCH_TIMES, ...options.watchTimes };
  const warn = (fields: object, message: string) => options.log?.warn(fields, message);
  return {
    info: () => readInfo(engine),
    observe: (stack) => {
      known.add(stack);
      return observeStack(engine, stack);
    },
    things: async () => {
      const { things } = await listEverything(engine);
      for (const { stack } of things) if (stack !== null) known.add(stack);
      return things;
    },
    ensureAbsent: (thing) => ensureAbsent(engine, thing),
    kill: (container) => killContainer(engine, container),
    ensureImage: (image) => ensureImage(engine, image),
    logs: (serviceId, tail) => readLogs(engine, { serviceId, tail }),
    watch: (onChange, signal) => watchEvents({ engine, known, times, warn, onChange }, signal),
  };
}

/** The types know no options for these two, the library does. */
type Answering = (options: object) => Promise<unknown>;

async function readInfo(engine: Engine): Promise<SwarmInfo> {
  const ask = async (what: 'info' | 'version') => {
    const call: Answering = engine.docker[what].bind(engine.docker);
    return await engine.ask(what, (signal) => call(withSignal({}, signal)));
  };
  const [infoAnswer, versionAnswer] = await Promise.all([ask('info'), ask('version')]);
  const info = parsed(InfoShape, 'info', infoAnswer);
  return {
    engine: info.ServerVersion,
    apiVersion: parsed(VersionShape, 'version', versionAnswer).ApiVersion,
    swarm: info.Swarm?.LocalNodeState ?? 'inactive',
    manager: info.Swarm?.ControlAvailable ?? false,
    ...(info.Swarm?.ControlAvailable === true
      ? await readIncarnation(engine)
      : { incarnation: '', startedAt: null }),
  };
}

/**
 * An engine makes its bridge network anew at every start, and a node that is lost or drained says so.
 * A node's version index would not do: swarm raises it whenever any app's network is attached to the node.
 */
async function readIncarnation(engine: Engine): Promise<Pick<SwarmInfo, 'incarnation' | 'startedAt'>> {
  const nodes = await engine.ask('list nodes', (signal) => engine.docker.listNodes(withSignal({}, signal)));
  const query = { filters: { name: ['bridge'], type: ['builtin'] } };
  const networks = await engine.ask('list networks', (signal) =>
    engine.docker.listNetworks(withSignal(query, signal)),
  );
  const bridge = parsed(Networks, 'list networks', networks).find(({ Name }) => Name === 'bridge');
  const states = parsed(Nodes, 'list nodes', nodes).map(
    ({ ID, Spec, Status }) => `${ID}:${Status.State}:${Spec.Availability}`,
  );
  return {
    incarnation: [...(bridge === undefined ? [] : [bridge.Id]), ...states.sort()].join(' '),
    startedAt: bridge === undefined ? null : new Date(bridge.Created),
  };
}

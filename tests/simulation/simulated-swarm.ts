/** A Swarm that is a JSON file: the same port, the same refusals, and fates to give to services. For tests only. */
import { setTimeout as delay } from 'node:timers/promises';
import type { PullOutcome, Swarm, Thing, ThingKind } from '../../controller/ports.ts';
import { applySpec, newService, type SimServiceSpec } from './swarm-sim-fates.ts';
import {
  advanceStack,
  dropService,
  killThing,
  logsOf,
  removeThing,
  seenOf,
  thingsOf,
} from './swarm-sim-things.ts';
import {
  changeState,
  readState,
  type SimService,
  type SimState,
  type SimTask,
  type SimThing,
} from './swarm-sim-state.ts';

export type { Fate } from './swarm-sim-state.ts';
export type { SimServiceSpec } from './swarm-sim-fates.ts';

export interface SimStackSpec {
  services: Record<string, SimServiceSpec>;
  /** Without the stack's prefix. */
  networks?: string[];
  volumes?: string[];
  secrets?: string[];
  configs?: string[];
  /** Things that survive so many undeploys before they go. */
  stubborn?: { kind: ThingKind; name: string; undeploys: number }[];
}

type Creatable = Exclude<ThingKind, 'service'>;

export interface SimulatedSwarm extends Swarm {
  deploy(stack: string, spec: SimStackSpec): Promise<void>;
  /** As `docker stack rm`: volumes and what bears no label stay, containers go an observation later. */
  undeploy(stack: string): Promise<void>;
  /** Names as the swarm shows them; without `stack` the thing bears no label, as abra's secrets. */
  create(kind: Creatable, name: string, stack?: string): Promise<Thing>;
  rename(id: string, name: string): Promise<void>;
  setTask(stack: string, service: string, patch: Partial<SimTask>): Promise<void>;
  setService(stack: string, service: string, patch: Partial<SimService>): Promise<void>;
  setImage(image: string, outcome: PullOutcome): Promise<void>;
  /** Every call fails with this text until it is null again. */
  setUnreachable(why: string | null): Promise<void>;
  state(): SimState;
}

/** Each server has a swarm of its own, in a file beside that of the default one. */
export function swarmFileOf(file: string, server: string): string {
  return server === 'default' ? file : `${file}.${server}`;
}

const WATCH_POLL_MS = 10;

export function makeSimulatedSwarm(file: string, now: () => Date = () => new Date()): SimulatedSwarm {
  const sim: Sim = { file, now };
  return { ...portOf(sim), ...controlsOf(sim) };
}

interface Sim {
  file: string;
  now: () => Date;
}

function reachable(state: SimState): SimState {
  if (state.unreachable !== null) throw new Error(`Docker cannot be reached: ${state.unreachable}`);
  return state;
}

// ------------------------------------------------------------------ the port

function portOf({ file, now }: Sim): Swarm {
  return {
    info: async () => {
      reachable(readState(file));
      return {
        engine: 'simulated',
        apiVersion: '0',
        swarm: 'active',
        manager: true,
        incarnation: '1',
        startedAt: null,
      };
    },
    observe: (stack) =>
      changeState(file, (state) => {
        reachable(state);
        const changed = advanceStack(state, stack, now().toISOString());
        return { value: seenOf(state, stack), changed: changed ? [stack] : [] };
      }),
    things: async () => thingsOf(reachable(readState(file))),
    ensureAbsent: (thing) =>
      changeState(file, (state) => {
        removeThing(reachable(state), thing, now().toISOString());
        return { value: undefined, changed: [thing.stack] };
      }),
    kill: (container) =>
      changeState(file, (state) => {
        killThing(reachable(state), container, now().toISOString());
        return { value: undefined, changed: [container.stack] };
      }),
    ensureImage: async (image) => {
      const known = reachable(readState(file)).images[image];
      return known ?? { ok: true, id: `sha256:${image}`, digest: null, bytes: null };
    },
    logs: async (serviceId, tail) => logsOf(reachable(readState(file)), serviceId).slice(-tail),
    watch: (onChange, signal) => watchFile(file, onChange, signal),
  };
}

async function watchFile(
  file: string,
  onChange: (stack: string | null) => void,
  signal: AbortSignal,
): Promise<void> {
  let seen = readState(file).changes.at(-1)?.at ?? 0;
  onChange(null);
  while (!signal.aborted) {
    const { changes } = readState(file);
    const news = changes.filter(({ at }) => at > seen);
    const missed = news.length > 0 && news[0]?.at !== seen + 1;
    for (const stack of new Set(missed ? [null] : news.map((it) => it.stack))) onChange(stack);
    seen = changes.at(-1)?.at ?? seen;
    await delay(WATCH_POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

// ------------------------------------------------------------------ the knobs

function controlsOf(sim: Sim): Omit<SimulatedSwarm, keyof Swarm> {
  const change = (stack: string | null, work: (state: SimState, at: string) => void) =>
    changeState(sim.file, (state) => {
      work(state, sim.now().toISOString());
      return { value: undefined, changed: [stack] };
    });
  const inService = (stack: string, name: string, work: (service: SimService) => void) =>
    change(stack, (state) => {
      const service = state.stacks[stack]?.find((it) => it.name === name);
      if (!service) throw new Error(`There is no service ${stack}_${name} to change.`);
      work(service);
    });
  return {
    deploy: (stack, spec) => change(stack, (state, at) => deployStack(state, { stack, spec, at })),
    undeploy: (stack) => change(stack, (state) => undeployStack(state, stack)),
    create: async (kind, name, stack) => {
      const made = simThing(kind, name, stack ?? null, sim.now().toISOString());
      await change(stack ?? null, (state) => state.things.push({ ...made, id: idFor(state, kind, name) }));
      const found = thingsOf(readState(sim.file)).findLast((it) => it.kind === kind && it.name === name);
      if (!found) throw new Error(`The ${kind} "${name}" was removed while it was made.`);
      return found;
    },
    rename: (id, name) =>
      change(null, (state) => {
        for (const it of state.things.filter((other) => other.id === id)) it.name = name;
      }),
    setTask: (stack, name, patch) =>
      inService(stack, name, (service) => Object.assign(service.tasks[0] ?? {}, patch)),
    setService: (stack, name, patch) => inService(stack, name, (service) => Object.assign(service, patch)),
    setImage: (image, outcome) => change(null, (state) => (state.images[image] = outcome)),
    setUnreachable: (why) => change(null, (state) => (state.unreachable = why)),
    state: () => readState(sim.file),
  };
}

/** A volume's id is its name. */
function idFor(state: SimState, kind: ThingKind, name: string): string {
  return kind === 'volume' ? name : `${kind}${String(state.next++).padStart(6, '0')}`;
}

function simThing(...[kind, name, stack, createdAt]: [ThingKind, string, string | null, string]): SimThing {
  return { kind, id: name, name, stack, createdAt, undeploys: 0, lingers: null };
}

function deployStack(state: SimState, wish: { stack: string; spec: SimStackSpec; at: string }): void {
  const { stack, spec, at } = wish;
  for (const [kind, name] of declaredThings(spec)) {
    const full = `${stack}_${name}`;
    if (state.things.some((it) => it.kind === kind && it.name === full)) continue;
    const undeploys = spec.stubborn?.find((it) => it.kind === kind && it.name === name)?.undeploys ?? 0;
    state.things.push({ ...simThing(kind, full, stack, at), id: idFor(state, kind, full), undeploys });
  }
  const services = (state.stacks[stack] ??= []);
  for (const [name, wanted] of Object.entries(spec.services)) {
    const service = services.find((it) => it.name === name) ?? newService(state, name, at);
    if (!services.includes(service)) services.push(service);
    const held = declaredThings(spec).map(([, it]) => `${stack}_${it}`);
    applySpec(service, { uses: held, ...wanted }, { state, at });
  }
}

function declaredThings(spec: SimStackSpec): readonly [ThingKind, string][] {
  const of = (kind: ThingKind, names: string[] = []) =>
    names.map((name): [ThingKind, string] => [kind, name]);
  const stubborn = (spec.stubborn ?? []).flatMap(({ kind, name }) => of(kind, [name]));
  return [
    ...of('network', spec.networks ?? ['default']),
    ...of('volume', spec.volumes),
    ...of('secret', spec.secrets),
    ...of('config', spec.configs),
    ...stubborn,
  ];
}

function undeployStack(state: SimState, stack: string): void {
  for (const service of state.stacks[stack] ?? []) dropService(state, stack, service);
  const goes = (it: SimThing) => it.stack === stack && ['network', 'secret', 'config'].includes(it.kind);
  state.things = state.things.filter((it) => !goes(it) || it.undeploys-- > 0);
}

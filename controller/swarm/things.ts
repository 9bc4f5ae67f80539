/** Everything that exists on the swarm, in one sweep, and which of it bears a stack's name. */
import type { Thing, ThingKind } from '../ports.ts';
import { type Engine, parsed, withSignal } from './client.ts';
import { Containers, Networks, Secrets, type ServiceShape, Services, Volumes } from './shapes.ts';

export const STACK_LABEL = 'com.docker.stack.namespace';

export interface Sweep {
  readonly services: readonly ServiceShape[];
  readonly things: readonly Thing[];
}

/**
 * Label or name: secrets made by abra bear no label, and containers of a removed service still bear both.
 * A label that names another stack wins over the name: `shop` must not see `shop_eu`'s things.
 */
export function belongsTo(stack: string, thing: Pick<Thing, 'name' | 'stack'>): boolean {
  return thing.stack === null ? thing.name.startsWith(`${stack}_`) : thing.stack === stack;
}

export async function listEverything(engine: Engine): Promise<Sweep> {
  const services = await listServices(engine);
  const others = await Promise.all([
    listContainers(engine),
    listNetworks(engine),
    listVolumes(engine),
    listSecrets(engine),
    listConfigs(engine),
  ]);
  const ownThings = services.map((it) =>
    thingOf('service', { id: it.ID, name: it.Spec.Name, labels: it.Spec.Labels, createdAt: it.CreatedAt }),
  );
  return { services, things: [...ownThings, ...others.flat()] };
}

interface Found {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: Date;
}

export function thingOf(kind: ThingKind, found: Found): Thing {
  const { id, name, createdAt } = found;
  return { kind, id, name, stack: found.labels[STACK_LABEL] ?? null, createdAt };
}

/** `status` asks for ServiceStatus, which is how many tasks a global service wants (API 1.41 and later). */
async function listServices(engine: Engine): Promise<ServiceShape[]> {
  const what = 'list services';
  const query = { status: true };
  return parsed(
    Services,
    what,
    await engine.ask(what, (s) => engine.docker.listServices(withSignal(query, s))),
  );
}

async function listContainers(engine: Engine): Promise<Thing[]> {
  const what = 'list containers';
  const query = { all: true };
  const found = await engine.ask(what, (s) => engine.docker.listContainers(withSignal(query, s)));
  return parsed(Containers, what, found).map((it) =>
    thingOf('container', {
      id: it.Id,
      name: it.Names[0]?.replace(/^\//, '') ?? '',
      labels: it.Labels,
      createdAt: new Date(it.Created * 1000),
    }),
  );
}

async function listNetworks(engine: Engine): Promise<Thing[]> {
  const what = 'list networks';
  const found = await engine.ask(what, (s) => engine.docker.listNetworks(withSignal({}, s)));
  return parsed(Networks, what, found).map((it) =>
    thingOf('network', { id: it.Id, name: it.Name, labels: it.Labels, createdAt: it.Created }),
  );
}

async function listVolumes(engine: Engine): Promise<Thing[]> {
  const what = 'list volumes';
  const found = await engine.ask(what, (s) => engine.docker.listVolumes(withSignal({}, s)));
  return parsed(Volumes, what, found).Volumes.map((it) =>
    thingOf('volume', { id: it.Name, name: it.Name, labels: it.Labels, createdAt: it.CreatedAt }),
  );
}

async function listSecrets(engine: Engine): Promise<Thing[]> {
  const what = 'list secrets';
  const found = await engine.ask(what, (s) => engine.docker.listSecrets(withSignal({}, s)));
  return parsed(Secrets, what, found).map((it) =>
    thingOf('secret', { id: it.ID, name: it.Spec.Name, labels: it.Spec.Labels, createdAt: it.CreatedAt }),
  );
}

async function listConfigs(engine: Engine): Promise<Thing[]> {
  const what = 'list configs';
  const found = await engine.ask(what, (s) => engine.docker.listConfigs(withSignal({}, s)));
  return parsed(Secrets, what, found).map((it) =>
    thingOf('config', { id: it.ID, name: it.Spec.Name, labels: it.Spec.Labels, createdAt: it.CreatedAt }),
  );
}

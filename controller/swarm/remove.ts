/** Removes one thing, after having looked again that it is still the thing that was meant. */
import type { Thing, ThingKind } from '../ports.ts';
import { type Engine, EngineError, isNotFound, parsed, textOf, withSignal } from './client.ts';
import { NamedShape, nameOf } from './named.ts';

interface Handle {
  inspect(signal: AbortSignal): Promise<unknown>;
  remove(signal: AbortSignal): Promise<unknown>;
}

/** Containers go with force and with their anonymous volumes, which nothing else could name afterwards. */
const CONTAINER_REMOVAL = { force: true, v: true };

function handleOf(engine: Engine, thing: Thing): Handle {
  const { docker } = engine;
  const of = (
    it: { inspect(o: object): Promise<unknown>; remove(o: object): Promise<unknown> },
    options = {},
  ): Handle => ({
    inspect: (signal) => it.inspect(withSignal({}, signal)),
    remove: (signal) => it.remove(withSignal(options, signal)),
  });
  const byKind: Record<ThingKind, () => Handle> = {
    service: () => of(docker.getService(thing.id)),
    container: () => of(docker.getContainer(thing.id), CONTAINER_REMOVAL),
    network: () => of(docker.getNetwork(thing.id)),
    volume: () => of(docker.getVolume(thing.id)),
    secret: () => of(docker.getSecret(thing.id)),
    config: () => of(docker.getConfig(thing.id)),
  };
  return byKind[thing.kind]();
}

/** Gone, before or now, is success; a thing of another name is left alone; everything else is an error. */
export async function ensureAbsent(engine: Engine, thing: Thing): Promise<void> {
  try {
    await removeOnce(engine, thing);
  } catch (error) {
    if (!isOutOfSequence(error)) throw error;
    await removeOnce(engine, thing);
  }
}

async function removeOnce(engine: Engine, thing: Thing): Promise<void> {
  const handle = handleOf(engine, thing);
  const label = `${thing.kind} "${thing.name}"`;
  try {
    const what = `inspect ${label}`;
    const found = parsed(NamedShape, what, await engine.ask(what, (signal) => handle.inspect(signal)));
    if (nameOf(thing.kind, found) !== thing.name)
      throw new Error(`${label} is now called "${nameOf(thing.kind, found)}" and was left alone.`);
    await engine.ask(`remove ${label}`, (signal) => handle.remove(signal));
  } catch (error) {
    if (isNotFound(error) || isBeingRemoved(thing, error)) return;
    throw isRefusal(error) ? refusalOf(label, error) : error;
  }
}

/** A forced removal of a container conflicts only with another removal that is under way. */
function isBeingRemoved(thing: Thing, error: unknown): boolean {
  return thing.kind === 'container' && error instanceof EngineError && error.statusCode === 409;
}

/** Swarm's optimistic lock: somebody else wrote between our look and our wish. No status code tells it. */
function isOutOfSequence(error: unknown): boolean {
  return error instanceof Error && error.message.includes('update out of sequence');
}

/**
 * Measured on 20.10.24: volume in use 409; network, secret and config in use 400; a predefined network 403.
 * "Has active endpoints" is 403 as well.
 */
function isRefusal(error: unknown): error is EngineError {
  return error instanceof EngineError && [400, 403, 409].includes(error.statusCode ?? 0);
}

function refusalOf(label: string, error: EngineError): EngineError {
  const said = textOf(error.cause).replace(/^rpc error: code = \w+ desc = /, '');
  return new EngineError(`The ${label} cannot be removed yet: ${said}`, error.statusCode, error);
}

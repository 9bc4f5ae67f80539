/** Ends one container of a stack, after having looked again that it is still the one that was meant. */
import type { Thing } from '../ports.ts';
import { type Engine, EngineError, isNotFound, parsed, withSignal } from './client.ts';
import { ContainerOwnerShape } from './shapes.ts';
import { STACK_LABEL } from './things.ts';

/** As an app dies that crashes, or whose memory the kernel takes: it is told nothing before. */
const AS_A_CRASH = { signal: 'SIGKILL' };

/** Ended, before or now, is success. A container that does not bear the stack's own label is left alone, whatever its name. */
export async function killContainer(engine: Engine, container: Thing): Promise<void> {
  const label = `container "${container.name}"`;
  const handle = engine.docker.getContainer(container.id);
  try {
    const what = `inspect ${label}`;
    const answer = await engine.ask(what, (signal) => handle.inspect(withSignal({}, signal)));
    const { Name, Config } = parsed(ContainerOwnerShape, what, answer);
    const isMeant = Name === `/${container.name}` && Config.Labels[STACK_LABEL] === container.stack;
    if (container.stack === null || !isMeant)
      throw new Error(`The ${label} is not one of stack "${container.stack}" and was left alone.`);
    await engine.ask(`kill ${label}`, (signal) => handle.kill(withSignal(AS_A_CRASH, signal)));
  } catch (error) {
    if (!isNotFound(error) && !isEnded(error)) throw error;
  }
}

function isEnded(error: unknown): boolean {
  return error instanceof EngineError && error.statusCode === 409;
}

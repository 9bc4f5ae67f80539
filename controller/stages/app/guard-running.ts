/** Work on an app that has converged, which has to stay so. */
import { endedSince } from '../../domain/swarm/ended.ts';
import type { StackSeen } from '../../ports.ts';
import type { StageContext } from '../step/context.ts';
import { StageFailure } from '../step/report.ts';

/** A task that ends by itself during the work is the first cause, before all that fails because of it, and red where nothing does. */
export async function whileRunning<T>(
  context: Pick<StageContext, 'swarm' | 'log'>,
  converged: StackSeen,
  work: () => Promise<T>,
): Promise<T> {
  const look = async (told: StageFailure | null): Promise<void> => {
    const ended = endedSince(converged, await context.swarm.observe(converged.stack));
    if (ended === null) return;
    if (told !== null) context.log.say(`${told.failure.reason}: ${told.message}`, 'error');
    throw new StageFailure(ended.fault, ended.cause, { tests: told?.tests ?? [], cause: told });
  };
  let value: T;
  try {
    value = await work();
  } catch (error) {
    if (error instanceof StageFailure) await look(error);
    throw error;
  }
  await look(null);
  return value;
}

/** Work on an app that has converged, which has to stay so. */
import { endedSince } from '../../domain/swarm/ended.ts';
import type { Failure } from '../../domain/swarm/task-causes.ts';
import type { StackSeen } from '../../ports.ts';
import { until } from '../../runtime/until.ts';
import type { StageContext } from '../step/context.ts';
import { StageFailure } from '../step/report.ts';

/** Whoever works on an app notices its end before swarm does, which hears of it from the node. */
const NOTICED_MS = 5_000;
const LOOK_MS = 400;

export type Guarding = Pick<StageContext, 'clock' | 'log' | 'swarm' | 'wait'>;

/** A task that ends by itself during the work is the first cause, before all that fails because of it, and red where nothing does. */
export async function whileRunning<T>(
  context: Guarding,
  converged: StackSeen,
  work: () => Promise<T>,
): Promise<T> {
  const look = async (told: StageFailure | null): Promise<void> => {
    const ended = await endedOf(context, converged, told === null ? 0 : NOTICED_MS);
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

async function endedOf(
  { clock, swarm, wait }: Guarding,
  converged: StackSeen,
  patience: number,
): Promise<Failure | null> {
  const look = async (): Promise<Failure | null> => endedSince(converged, await swarm.observe(converged.stack)); // oxfmt-ignore
  return until(look, (ended) => ended ?? undefined, {
    every: LOOK_MS,
    deadline: new Date(clock.now().getTime() + patience - 1),
    clock,
    wait,
    late: (ended) => ended,
  });
}

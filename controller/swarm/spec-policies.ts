/** Restart and update policies as swarm was told them, with its own values where nobody said any. */
import { z } from 'zod';
import type { RestartSpec, UpdateSpec } from '../ports.ts';

const number = (none: number) =>
  z
    .number()
    .nullish()
    .transform((value) => value ?? none);
const text = (none: string) =>
  z
    .string()
    .nullish()
    .transform((value) => value || none);

/** Of swarmkit, api/defaults. */
const FIVE_SECONDS = 5e9;

const RestartShape = z.object({
  Condition: text('any'),
  Delay: number(FIVE_SECONDS),
  MaxAttempts: number(0),
  Window: number(0),
});
const UpdateShape = z.object({
  /** What is left out is 0, which means all at a time. */
  Parallelism: number(0),
  Delay: number(0),
  FailureAction: text('pause'),
  /** No time at all is none that was said. */
  Monitor: number(0).transform((value) => value || FIVE_SECONDS),
  MaxFailureRatio: number(0),
  Order: text('stop-first'),
});

export const Restart = RestartShape.nullish();
export const Update = UpdateShape.nullish();

export function restartOf(told: z.infer<typeof Restart>): RestartSpec {
  const { Condition, Delay, MaxAttempts, Window } = told ?? RestartShape.parse({});
  return { condition: Condition, delay: Delay, maxAttempts: MaxAttempts, window: Window };
}

/** Where nobody said anything it is one at a time. */
export function updateOf(told: z.infer<typeof Update>): UpdateSpec {
  const update = told ?? UpdateShape.parse({ Parallelism: 1 });
  return {
    parallelism: update.Parallelism,
    delay: update.Delay,
    failureAction: update.FailureAction,
    monitor: update.Monitor,
    maxFailureRatio: update.MaxFailureRatio,
    order: update.Order,
  };
}

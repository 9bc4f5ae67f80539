/** Restart and update policies as swarm was told them, with its own values where nobody said any. */
import { z } from 'zod';
import type { RestartSpec, UpdateSpec } from '../ports.ts';

const number = z.number().nullish();
const text = z.string().nullish();

export const Restart = z
  .object({ Condition: text, Delay: number, MaxAttempts: number, Window: number })
  .nullish();
export const Update = z
  .object({
    Parallelism: number,
    Delay: number,
    FailureAction: text,
    Monitor: number,
    MaxFailureRatio: number,
    Order: text,
  })
  .nullish();

/** Of swarmkit, api/defaults. */
const FIVE_SECONDS = 5e9;

export function restartOf(told: z.infer<typeof Restart>): RestartSpec {
  return {
    condition: told?.Condition || 'any',
    delay: told?.Delay ?? FIVE_SECONDS,
    maxAttempts: told?.MaxAttempts ?? 0,
    window: told?.Window ?? 0,
  };
}

/** Without the number of tasks at a time it is all of them, unless nobody said anything at all. */
export function updateOf(told: z.infer<typeof Update>): UpdateSpec {
  return {
    parallelism: told ? (told.Parallelism ?? 0) : 1,
    delay: told?.Delay ?? 0,
    failureAction: told?.FailureAction || 'pause',
    monitor: told?.Monitor || FIVE_SECONDS,
    maxFailureRatio: told?.MaxFailureRatio ?? 0,
    order: told?.Order || 'stop-first',
  };
}

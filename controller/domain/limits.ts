/** How long each step may take before it is stopped. Pure. */
import { durationMs } from '../api/primitives.ts';
import type { StepName } from '../api/stage.ts';
import type { Accepted } from '../api/test-run-status.ts';

const MINUTE = 60_000;

/** Pulling large images on a slow line is what takes long in `prepare`. */
const FIXED: Readonly<Partial<Record<StepName, number>>> = {
  prepare: 20 * MINUTE,
  lint: 5 * MINUTE,
  evidence: 2 * MINUTE,
  teardown: 5 * MINUTE,
};

/** A deploying stage: the app's own time to become healthy, and as much again with a floor for abra, secrets and tests. */
export function stepLimitMs(step: StepName, accepted: Accepted): number {
  return FIXED[step] ?? durationMs(accepted.recipe.health.timeout) + 10 * MINUTE;
}

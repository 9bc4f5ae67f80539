/** How long each step may take before it is stopped. Pure. */
import { durationMs } from '../../api/primitives.ts';
import type { StepName } from '../../api/stage.ts';
import { MATRIX_MOST } from '../recipe/version.ts';
import type { Accepted } from '../../api/test-run-status.ts';

const MINUTE = 60_000;

/** Pulling large images on a slow line is what takes long in `prepare`. */
const FIXED: Readonly<Partial<Record<StepName, number>>> = {
  prepare: 20 * MINUTE,
  lint: 5 * MINUTE,
  evidence: 2 * MINUTE,
  teardown: 5 * MINUTE,
};

/** A service that was killed comes back within the app's own time; that more of them need all of it is out of the ordinary. */
const SLOW_SERVICES = 3;

/** A fresh head for the backup of the version before, and a restart of it. */
const RESTORE_TWICE = 2;

type Recipe = Accepted['recipe'];

/** A deploying stage: the app's own time to become healthy, and a floor for abra, secrets and tests. */
export function stepLimitMs(step: StepName, { recipe }: Accepted): number {
  const healthy = durationMs(recipe.health.timeout);
  return FIXED[step] ?? healthy + 10 * MINUTE + furtherTimes(step, recipe) * (healthy + MINUTE);
}

/** How often the app becomes healthy once more because the RecipeSpec asks for more. */
function furtherTimes(step: StepName, { upgrade, backup, resilience }: Recipe): number {
  if (step === 'upgrade') return furtherDeploys(upgrade) + (backup.fromPrevious ? 1 : 0);
  if (step === 'restore') return backup.fromPrevious ? RESTORE_TWICE : 0;
  return step === 'test' && resilience ? SLOW_SERVICES : 0;
}

/** The way back is one deploy, an older version two; and the head is installed again after either. */
function furtherDeploys({ from, rollback }: Recipe['upgrade']): number {
  const deploys = (rollback ? 1 : 0) + (from === 'all' ? 2 * MATRIX_MOST : 0);
  return deploys === 0 ? 0 : deploys + 1;
}

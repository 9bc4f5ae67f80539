/** Puts the operator's overlay for a recipe into the run's checkout, where abra finds it by COMPOSE_FILE. */
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OVERLAY, type OverlayHeader, readOverlay, strayOverlays } from '../domain/overlay.ts';
import { readIfThere } from '../store/atomic.ts';
import type { StageContext } from './context.ts';
import { exists, namesIn } from '../store/exists.ts';
import { StageFailure } from './report.ts';

type Placing = Pick<StageContext, 'checkout' | 'config' | 'request'>;

/** Null where the recipe has none. One that is not as it has to be is the operator's to mend, and no verdict on the recipe. */
export async function placeOverlay({ checkout, config, request }: Placing): Promise<OverlayHeader | null> {
  const folder = join(config.recipesDir, request.recipe);
  const [stray] = strayOverlays(await namesIn(folder));
  if (stray !== undefined)
    throw invalid(join(folder, stray), `is not deployed: the one overlay of a recipe is called ${OVERLAY}`);
  const file = join(folder, OVERLAY);
  const text = await readIfThere(file);
  if (text === null) return null;
  const read = readOverlay(text);
  if (!read.ok) throw invalid(file, read.problem);
  const placed = join(checkout, OVERLAY);
  if (await exists(placed)) throw invalid(file, `collides with the recipe’s own ${OVERLAY}`);
  await writeFile(placed, text);
  // An untracked file would make abra call the checkout changed.
  await appendFile(join(checkout, '.git', 'info', 'exclude'), `\n/${OVERLAY}\n`);
  return read.header;
}

/** Whether the checkout of this run's recipe is deployed with one. */
export async function hasOverlay({ config, request }: Pick<Placing, 'config' | 'request'>): Promise<boolean> {
  return exists(join(config.recipesDir, request.recipe, OVERLAY));
}

function invalid(file: string, problem: string): StageFailure {
  return new StageFailure('infra', {
    reason: 'OverlayInvalid',
    message: `${file} ${problem}.`,
    evidence: file,
    nextStep: 'Correct the overlay, or remove it; docs/enroll-recipe.md says what one has to look like.',
  });
}

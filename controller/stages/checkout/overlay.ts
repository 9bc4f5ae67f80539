/** Puts the operator's overlay for a recipe into the run's checkout, where abra finds it by COMPOSE_FILE. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  OVERLAY,
  type OverlayHeader,
  PINS,
  readOverlay,
  strayOverlays,
} from '../../domain/recipe/overlay.ts';
import { ensureExcluded } from '../../git/exclude.ts';
import { codeOf } from '../../runtime/errors.ts';
import { readIfThere } from '../../store/atomic.ts';
import type { StageContext } from '../step/context.ts';
import { exists, namesIn } from '../../store/exists.ts';
import { StageFailure } from '../step/report.ts';

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
  if (!(await placeIn(checkout, OVERLAY, text)))
    throw invalid(file, `collides with the recipe’s own ${OVERLAY}`);
  return read.header;
}

/** False where the recipe has something of that name; a link of its own, wherever it leads, is not followed. */
export async function placeIn(checkout: string, name: string, text: string): Promise<boolean> {
  try {
    await writeFile(join(checkout, name), text, { flag: 'wx' });
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  await ensureExcluded(checkout, name);
  return true;
}

/** What the checkout of this run's recipe is deployed with beside its own files, in their order. */
export async function addedFiles({ checkout, config, request }: Placing): Promise<string[]> {
  const overlaid = await exists(join(config.recipesDir, request.recipe, OVERLAY));
  const pinned = request.bump !== undefined && (await exists(join(checkout, PINS)));
  return [...(overlaid ? [OVERLAY] : []), ...(pinned ? [PINS] : [])];
}

function invalid(file: string, problem: string): StageFailure {
  return new StageFailure('infra', {
    reason: 'OverlayInvalid',
    message: `${file} ${problem}.`,
    evidence: file,
    nextStep: 'Correct the overlay, or remove it; docs/enroll-recipe.md says what one has to look like.',
  });
}

/** Nudges: a file for each comment that a webhook told of, until the bridge has looked at it. They hold no more than a recipe and a comment's id. */
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { RecipeName } from '../api/primitives.ts';
import { codeOf } from '../runtime/errors.ts';
import { ensureUnlinked, syncDirectory } from './atomic.ts';
import { namesIn } from './exists.ts';
import type { Layout } from './layout.ts';

export interface Nudge {
  readonly recipe: string;
  readonly commentId: number;
}

const NAME = /^(?<recipe>[a-z0-9-]+)\.c(?<id>[1-9]\d{0,15})$/;

/** On disk when it resolves. There already is success: a comment is told of as often as somebody likes. */
export async function writeNudge(layout: Layout, nudge: Nudge): Promise<void> {
  const name = nameOf(nudge);
  if (nudgeOf(name) === null)
    throw new RangeError('A nudge needs the name of a recipe and the id of a comment.');
  await mkdir(layout.nudges, { recursive: true });
  try {
    await (await open(join(layout.nudges, name), 'wx')).close();
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  // Also where it was there: who wrote it may not have come so far.
  await syncDirectory(layout.nudges);
}

/** By recipe and id; anything else in the folder is not ours to read. */
export async function listNudges(layout: Layout): Promise<Nudge[]> {
  return (await namesIn(layout.nudges))
    .map(nudgeOf)
    .filter((nudge) => nudge !== null)
    .sort((a, b) => a.recipe.localeCompare(b.recipe) || a.commentId - b.commentId);
}

/** Already gone is success. */
export function removeNudge(layout: Layout, nudge: Nudge): Promise<void> {
  return ensureUnlinked(join(layout.nudges, nameOf(nudge)));
}

function nameOf({ recipe, commentId }: Nudge): string {
  return `${recipe}.c${commentId}`;
}

function nudgeOf(name: string): Nudge | null {
  const { recipe, id } = NAME.exec(name)?.groups ?? {};
  if (recipe === undefined || id === undefined) return null;
  const commentId = Number(id);
  return RecipeName.safeParse(recipe).success && Number.isSafeInteger(commentId)
    ? { recipe, commentId }
    : null;
}

/** Reads files of a recipe, and only those that lie in its checkout. */
import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, resolve, sep } from 'node:path';
import { Fatal } from './log.ts';

/** No file of a recipe is as large; a link to a device would be endless. */
const MAX_BYTES = 4 * 1024 * 1024;

function isInside(root: string, path: string): boolean {
  const git = root + sep + '.git';
  return (path === root || path.startsWith(root + sep)) && path !== git && !path.startsWith(git + sep);
}

/** A recipe is somebody else's text: what it names on the host must lie in its own checkout, links resolved. */
export async function containedPath(recipeDir: string, path: string): Promise<string> {
  const root = await realpath(recipeDir);
  const real = await realpath(resolve(root, path)).catch((error: unknown) => {
    throw new Fatal(`the recipe names ${path}, which does not exist`, { cause: error });
  });
  if (isAbsolute(path) || !isInside(root, real)) {
    throw new Fatal(`the recipe names ${path}, which is outside its own directory`);
  }
  return real;
}

/** The text of a file of the recipe. */
export async function readContained(recipeDir: string, path: string): Promise<string> {
  const real = await containedPath(recipeDir, path);
  const found = await stat(real);
  if (!found.isFile() || found.size > MAX_BYTES)
    throw new Fatal(`${path} of the recipe is not a file of a sane size`);
  return readFile(real, 'utf8');
}

/** A recipe as a git clone: its releases, and which of them is checked out. */
import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readContained } from './contained.ts';
import type { Context } from './context.ts';
import { parseAbraSh, type Env } from '../domain/recipe/dotenv.ts';
import { makeGit, type Git } from './git.ts';
import { Fatal } from './log.ts';
import { isPlainName } from './names.ts';
import { releasesOf, type Release } from '../domain/recipe/version.ts';

export type Recipe = { name: string; dir: string; git: Git };

/** A git clone below `recipes/`; there is no catalogue here to fetch it from. */
export async function openRecipe(context: Context, name: string): Promise<Recipe> {
  if (!isPlainName(name)) throw new Fatal(`"${name}" is not a recipe name`);
  const dir = join(context.abraDir, 'recipes', name);
  const found = await stat(join(dir, '.git')).catch(() => undefined);
  if (!found) {
    throw new Fatal(
      `recipe ${name} is not in ${dir}: the built-in deployer knows no catalogue, git clone it there`,
    );
  }
  return { name, dir, git: makeGit(dir, context.docker.env) };
}

/** Releases oldest first, and which of their tags are lightweight. */
export async function listReleases(
  context: Context,
  recipe: Recipe,
): Promise<{ releases: Release[]; lightweight: string[] }> {
  const tags = await recipe.git.tags();
  const { releases, skipped } = releasesOf(tags.map((tag) => tag.name));
  for (const tag of skipped) context.log.debug(`skipping tag ${tag} of ${recipe.name}: not a version`);
  const versions = new Set(releases.map((release) => release.tag));
  const lightweight = tags.filter((tag) => !tag.annotated && versions.has(tag.name)).map((tag) => tag.name);
  return { releases, lightweight };
}

/** abra refuses to leave a tree that somebody has worked in; untracked files count. */
export async function checkClean(recipe: Recipe): Promise<void> {
  if (await recipe.git.isDirty())
    throw new Fatal(`${recipe.name} (${recipe.dir}) has locally unstaged changes`);
}

export async function checkoutVersion(recipe: Recipe, version: string): Promise<void> {
  const commit = await recipe.git.resolve(version);
  if (!commit) throw new Fatal(`${recipe.name} has no version ${version}`);
  if (commit !== (await recipe.git.head())) await recipe.git.checkout(commit);
}

/** Undefined when the file is not there; a link that leads out of the recipe is refused. */
export async function readOptional(recipe: Recipe, name: string): Promise<string | undefined> {
  const found = await lstat(join(recipe.dir, name)).catch(() => undefined);
  return found ? readContained(recipe.dir, name) : undefined;
}

/** The literal exports of abra.sh; the script is parsed and never run. */
export async function readAbraSh(recipe: Recipe): Promise<Env> {
  return parseAbraSh((await readOptional(recipe, 'abra.sh')) ?? '');
}

export async function readEnvSample(recipe: Recipe): Promise<string | undefined> {
  return readOptional(recipe, '.env.sample');
}

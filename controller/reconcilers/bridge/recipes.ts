/** Which repository each enrolled recipe has on the forge. A RecipeSpec is read again only where its file changed. */
import { stat } from 'node:fs/promises';
import { repositoryOf } from '../../domain/trigger/names.ts';
import type { Repository } from '../../forge.ts';
import { codeOf } from '../../runtime/errors.ts';
import { documentNames, readRecipe, recipeFile } from '../../store/spec-files.ts';
import type { BridgeDeps } from './deps.ts';

/** Without a repository: why comments there are not read. */
export type RecipeSeen =
  | { readonly repository: Repository }
  | { readonly repository: null; readonly reason: string; readonly message: string };

export interface Recipes {
  /** All of them, by name. */
  list(): Promise<ReadonlyMap<string, RecipeSeen>>;
  /** Null where there is no RecipeSpec. */
  get(name: string): Promise<RecipeSeen | null>;
}

export function makeRecipes({ recipesDir, config }: Pick<BridgeDeps, 'recipesDir' | 'config'>): Recipes {
  const known = new Map<string, { readonly stamp: string; readonly seen: RecipeSeen }>();
  const get = async (name: string): Promise<RecipeSeen | null> => {
    const stamp = await stampOf(recipeFile(recipesDir, name));
    const old = known.get(name);
    if (stamp !== null && old?.stamp === stamp) return old.seen;
    const seen = stamp === null ? null : await read(name);
    if (seen === null || stamp === null) known.delete(name);
    else known.set(name, { stamp, seen });
    return seen;
  };
  const read = async (name: string): Promise<RecipeSeen | null> => {
    const document = await readRecipe(recipesDir, name);
    if (document === null) return null;
    const { parsed } = document;
    if (!parsed.ok) return unreadable(parsed.problems[0]);
    const { repo } = parsed.value.spec.source;
    const repository = repositoryOf(repo, config.url);
    return repository === null ? elsewhere(repo, config.url) : { repository };
  };
  return {
    get,
    list: async () => {
      const all = new Map<string, RecipeSeen>();
      for (const name of (await documentNames(recipesDir)).sort()) {
        const seen = await get(name);
        if (seen !== null) all.set(name, seen);
      }
      return all;
    },
  };
}

async function stampOf(file: string): Promise<string | null> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(file);
    return `${ino}-${size}-${mtimeMs}-${ctimeMs}`;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function unreadable(problem: { path: string; message: string } | undefined): RecipeSeen {
  const what = problem === undefined ? '' : ` (${problem.path}: ${problem.message})`;
  return {
    repository: null,
    reason: 'RecipeInvalid',
    message: `The RecipeSpec is not valid${what}, so that comments are not read.`,
  };
}

function elsewhere(repo: string, url: string): RecipeSeen {
  return {
    repository: null,
    reason: 'NotOnForge',
    // An address may hold a password.
    message: `${repo.replace(/\/\/[^/@]*@/, '//')} is not on ${url}, so that comments there are not read.`,
  };
}

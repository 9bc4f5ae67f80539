/** What an app deploys: the compose files of its recipe, or the tree that was judged. */
import { readFile } from 'node:fs/promises';
import type { App } from './app.ts';
import { readContained } from './contained.ts';
import {
  composeFileNames,
  fillCompose,
  isTree,
  parseCompose,
  type ComposeFile,
  type Tree,
  typedVariables,
} from './compose.ts';
import type { Context } from './context.ts';
import { composeTree, readTreeText, treeDigest } from '../domain/recipe/compose-tree.ts';
import type { Env } from '../domain/recipe/dotenv.ts';
import { Fatal, messageOf } from './log.ts';
import { readAbraSh, type Recipe } from './recipe.ts';

export type Loaded = { files: ComposeFile[]; env: Env };

/** With all files merged into one tree: what is deployed. */
export type Deployable = Loaded & { tree: Tree };

async function envOf(app: App, recipe: Recipe): Promise<Env> {
  return { ...app.env, ...(await readAbraSh(recipe)), STACK_NAME: app.stack };
}

async function textsOf(env: Env, recipe: Recipe): Promise<{ path: string; text: string }[]> {
  const names = composeFileNames(env);
  return Promise.all(names.map(async (path) => ({ path, text: await readContained(recipe.dir, path) })));
}

/** The compose files an app uses, filled with its env and the exports of abra.sh (which win). */
export async function loadCompose(app: App, recipe: Recipe): Promise<Loaded> {
  const env = await envOf(app, recipe);
  const files = (await textsOf(env, recipe)).map(({ path, text }) => {
    const raw = parseCompose(text, path);
    const typed = typedVariables(raw);
    if (typed.length > 0) {
      throw new Fatal(
        `${path}: ${typed.join(', ')} cannot hold a variable: the schema is checked before env is filled in`,
      );
    }
    return { name: path, raw, filled: fillCompose(raw, env, path) };
  });
  return { files, env };
}

/**
 * For a deploy: the tree in the file that CCCI_DEPLOY_TREE names, where somebody judged one, and else the recipe's files.
 * The tree is refused if it is not the one of CCCI_DEPLOY_TREE_SHA256.
 */
export async function loadDeployable(context: Context, app: App, recipe: Recipe): Promise<Deployable> {
  const { CCCI_DEPLOY_TREE: file, CCCI_DEPLOY_TREE_SHA256: digest } = context.env;
  if (file !== undefined) {
    const tree = await readTree(file, digest ?? '');
    return { files: [{ name: 'tree', raw: tree, filled: tree }], env: await envOf(app, recipe), tree };
  }
  const loaded = await loadCompose(app, recipe);
  const read = composeTree({ files: await textsOf(loaded.env, recipe), env: loaded.env });
  if (!read.ok) throw new Fatal(read.problem);
  return { ...loaded, tree: read.tree };
}

async function readTree(file: string, digest: string): Promise<Tree> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Fatal(`cannot read the tree to deploy: ${messageOf(error)}`, { cause: error });
  });
  const found = treeDigest(text);
  if (found !== digest)
    throw new Fatal(`the tree to deploy is not the one that was judged (${found} instead of ${digest})`);
  const tree = readTreeText(text);
  if (!isTree(tree)) throw new Fatal('the tree to deploy is not a mapping');
  return tree;
}

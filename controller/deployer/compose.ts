/** The recipe's compose files one by one, read by the one reader of compose files; FATA for what it cannot read. */
import { composeNames } from '../domain/recipe/compose-names.ts';
import { fillDocument, type FilledDocument } from '../domain/recipe/compose-fill.ts';
import { parseCompose as readCompose } from '../domain/recipe/compose-parse.ts';
import { problemOf } from '../domain/recipe/compose-tree.ts';
import type { Env } from '../domain/recipe/dotenv.ts';
import { Fatal } from './log.ts';

export type Tree = { [key: string]: unknown };

/** One compose file: as written, and with the app's env filled in. */
export type ComposeFile = { name: string; raw: Tree; filled: Tree };

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text of a scalar; anything else as JSON, so that a message can show it. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

export function treeAt(tree: Tree, key: string): Tree {
  const value = tree[key];
  return isTree(value) ? value : {};
}

export function parseCompose(text: string, name: string): Tree {
  const read = readCompose({ path: name, text });
  if ('message' in read) throw new Fatal(`cannot read ${name}: ${read.message}`);
  return read.tree;
}

/** `COMPOSE_FILE` is a colon list; without it a recipe is its compose.yml alone. */
export function composeFileNames(env: Env): string[] {
  return composeNames(env.COMPOSE_FILE);
}

function filled(raw: Tree, env: Env, name: string): FilledDocument {
  return fillDocument({ path: name, tree: raw, faults: [], place: () => ({ file: name, line: 1 }) }, env);
}

/** Fills in the env; `x-` fields hold no services and are dropped. */
export function fillCompose(raw: Tree, env: Env, name: string): Tree {
  const { tree, variables } = filled(raw, env, name);
  const problem = problemOf(variables);
  if (problem !== undefined) throw new Fatal(`${name}: ${problem.message}`);
  return tree;
}

/** Paths of typed fields that hold a variable; abra refuses such a file. */
export function typedVariables(raw: Tree): string[] {
  const { variables } = filled(raw, {}, '');
  return variables.filter(({ kind }) => kind === 'typed').map(({ field }) => field);
}

/** What docker would interpolate again is protected from it. */
export function escapeDollars(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  if (Array.isArray(value)) return value.map(escapeDollars);
  if (!isTree(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escapeDollars(item)]));
}

/** Labels and environments come as a list of `key=value` or as a mapping; `key` alone is undefined. */
export function pairsOf(value: unknown): Map<string, string | undefined> {
  const pairs = new Map<string, string | undefined>();
  if (Array.isArray(value)) {
    for (const item of value) {
      const text = textOf(item);
      const equals = text.indexOf('=');
      if (equals < 0) pairs.set(text, undefined);
      else pairs.set(text.slice(0, equals), text.slice(equals + 1));
    }
  } else if (isTree(value)) {
    for (const [key, item] of Object.entries(value)) pairs.set(key, item === null ? undefined : textOf(item));
  }
  return pairs;
}

export function serviceNames(files: readonly ComposeFile[]): string[] {
  return [...new Set(files.flatMap((file) => Object.keys(treeAt(file.filled, 'services'))))];
}

/** One service over all files; later files win, as in docker's merge. */
export function servicePairs(
  files: readonly ComposeFile[],
  service: string,
  of: (tree: Tree) => unknown,
): Map<string, string | undefined> {
  const sources = files.map((file) => pairsOf(of(treeAt(treeAt(file.filled, 'services'), service))));
  return new Map(sources.flatMap((pairs) => [...pairs]));
}

export function deployLabels(
  files: readonly ComposeFile[],
  service: string,
): Map<string, string | undefined> {
  return servicePairs(files, service, (tree) => treeAt(tree, 'deploy').labels);
}

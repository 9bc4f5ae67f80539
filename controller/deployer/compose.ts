import { parse } from 'yaml';
import { interpolate, variablesOf, InterpolationError } from './interpolate.ts';
import { Fatal, messageOf } from './log.ts';
import type { Env } from '../domain/recipe/dotenv.ts';

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

/** YAML 1.1 octals (`mode: 0440`) are what docker's own parser reads, so they are read here too. */
const legacyOctal = {
  identify: () => false,
  default: true,
  tag: 'tag:yaml.org,2002:int',
  test: /^0[0-7]+$/,
  resolve: (text: string) => Number.parseInt(text, 8),
} as const;

export function parseCompose(text: string, name: string): Tree {
  try {
    const tree: unknown = parse(text, {
      merge: true,
      logLevel: 'error',
      customTags: (tags) => [legacyOctal, ...tags],
    });
    if (!isTree(tree)) throw new Error('it is not a mapping');
    return tree;
  } catch (error) {
    throw new Fatal(`cannot read ${name}: ${messageOf(error)}`, { cause: error });
  }
}

/** `COMPOSE_FILE` is a colon list; without it a recipe is its compose.yml alone. */
export function composeFileNames(env: Env): string[] {
  const names = (env.COMPOSE_FILE || 'compose.yml').split(':').filter((name) => name !== '');
  return [...new Set(names)];
}

function fill(value: unknown, env: Env): unknown {
  if (typeof value === 'string') return interpolate(value, env);
  if (Array.isArray(value)) return value.map((item) => fill(item, env));
  if (!isTree(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, env)]));
}

/** Fills in the env; `x-` fields hold no services and are dropped. */
export function fillCompose(raw: Tree, env: Env, name: string): Tree {
  try {
    const used = Object.entries(raw).filter(([key]) => !key.startsWith('x-'));
    return fill(Object.fromEntries(used), env) as Tree;
  } catch (error) {
    if (error instanceof InterpolationError) throw new Fatal(`${name}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Fields that abra's schema check sees before the env is filled in: they cannot hold a variable. */
const TYPED =
  /^services\.[^.]+\.(?:stop_grace_period|healthcheck\.(?:interval|timeout|start_period|start_interval|retries|disable)|deploy\.(?:replicas|(?:update_config|rollback_config)\.(?:parallelism|delay|monitor|max_failure_ratio)|restart_policy\.(?:delay|max_attempts|window)))$/;

/** Paths of typed fields that hold a variable; abra refuses such a file. */
export function typedVariables(tree: unknown, path = ''): string[] {
  if (typeof tree === 'string') return TYPED.test(path) && variablesOf(tree).length > 0 ? [path] : [];
  if (!isTree(tree)) return [];
  return Object.entries(tree).flatMap(([key, value]) =>
    typedVariables(value, path === '' ? key : `${path}.${key}`),
  );
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

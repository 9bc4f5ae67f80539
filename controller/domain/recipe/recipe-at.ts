/** One version of a recipe, read from its files: what lint compares. Pure. */
import { posix } from 'node:path';
import { composeFacts, type ComposeFacts } from './compose-facts.ts';
import { parseCompose, type ComposeDocument, type Place } from './compose-parse.ts';
import { fillDocument } from './compose-fill.ts';
import { pathsOf } from './compose-things.ts';
import { parseAbraSh, parseEnv } from './dotenv.ts';
import type { Env } from './interpolate.ts';
import { entryAt, type RecipeTree } from './git-tree.ts';

/** Stands for any app: lint looks at what the recipe says, not at an app. */
export const LINT_STACK = 'lint_example_com';
export const LINT_DOMAIN = 'lint.example.com';
/** What `abra app new` writes into every `.env`. */
export const APP_ENV: Env = { DOMAIN: LINT_DOMAIN, LETS_ENCRYPT_ENV: '', STACK_NAME: LINT_STACK };

export interface RecipeFiles {
  readonly tree: RecipeTree;
  /** Text of the files that lint reads, by path. */
  readonly texts: ReadonlyMap<string, string>;
}

export interface LintCompose {
  readonly path: string;
  /** Named by COMPOSE_FILE: deployed unless an operator changes it. */
  readonly used: boolean;
  readonly document: ComposeDocument;
  /** Of this file alone. */
  readonly facts: ComposeFacts;
}

export interface LintRecipe {
  readonly tree: RecipeTree;
  readonly texts: ReadonlyMap<string, string>;
  /** The active lines of `.env.sample`. */
  readonly sample: Env;
  readonly abraSh: Env;
  /** A new app's env: the sample, what this CI sets, abra.sh. */
  readonly env: Env;
  readonly usedPaths: readonly string[];
  /** Of the files in use, as docker merges them. */
  readonly facts: ComposeFacts;
  /** All compose files, the optional ones as well. */
  readonly composes: readonly LintCompose[];
  /** Optional compose files that docker refuses, alone or with those in use; what is in use was refused before. */
  readonly broken: readonly { readonly message: string; readonly place: Place }[];
}

export function lintRecipeOf(files: RecipeFiles, overrides: Env): LintRecipe {
  const { tree, texts } = files;
  const sample = parseEnv(texts.get('.env.sample') ?? '').env;
  const abraSh = parseAbraSh(texts.get('abra.sh') ?? '');
  const env = { ...APP_ENV, ...sample, ...overrides, ...abraSh, STACK_NAME: LINT_STACK };
  const usedPaths = composePathsOf({ ...sample, ...overrides });
  const paths = [...new Set([...usedPaths, ...optionalComposes(tree)])].filter((path) => texts.has(path));
  const parsed = paths.map((path) => ({ path, made: parseCompose({ path, text: texts.get(path) ?? '' }) }));
  return {
    tree,
    texts,
    sample,
    abraSh,
    env,
    usedPaths,
    facts: factsOf(files, usedPaths, env),
    composes: parsed.flatMap(({ path, made }) =>
      'tree' in made
        ? [{ path, used: usedPaths.includes(path), document: made, facts: factsOf(files, [path], env) }]
        : [],
    ),
    broken: parsed.flatMap(({ path, made }) => {
      if (!('tree' in made)) return [made];
      if (usedPaths.includes(path)) return [];
      return factsOf(files, [...usedPaths, path], env).refused.filter(({ place }) => place.file === path);
    }),
  };
}

/** The facts that some of a recipe's compose files give with an env. */
export function factsOf(
  { texts }: Pick<RecipeFiles, 'texts'>,
  paths: readonly string[],
  env: Env,
): ComposeFacts {
  const files = paths.flatMap((path) => {
    const text = texts.get(path);
    return text === undefined ? [] : [{ path, text }];
  });
  return composeFacts({ files, env, stack: LINT_STACK });
}

/** COMPOSE_FILE is a colon list, and may name a file twice when it appends to itself. */
export function composePathsOf(env: Env): string[] {
  const named = (env['COMPOSE_FILE'] ?? '').split(':').filter((path) => path !== '');
  return [...new Set((named.length > 0 ? named : ['compose.yml']).map((path) => posix.normalize(path)))];
}

/** `compose.smtp.yml` and the like beside compose.yml, which an operator switches on. */
export function optionalComposes({ entries }: RecipeTree): string[] {
  return [...entries.keys()].filter((path) => /^compose[^/]*\.ya?ml$/.test(path)).sort();
}

/** All that a deployment is made of, by path: git's name of the content. */
export function deploymentOf(recipe: LintRecipe): Map<string, string> {
  const named = recipe.composes.flatMap(({ document }) =>
    pathsOf(fillDocument(document, recipe.env)).map(({ path }) => posix.normalize(path)),
  );
  const paths = [...recipe.usedPaths, ...optionalComposes(recipe.tree), 'abra.sh', '.env.sample', ...named];
  return new Map(
    paths.flatMap((path) => {
      const entry = entryAt(recipe.tree, path);
      return entry === null ? [] : [[path, entry.id] as const];
    }),
  );
}

/** Line of the last active `NAME=` of an env file or of abra.sh; null where there is none. */
export function assignmentLine(text: string, name: string): number | null {
  const lines = text.split('\n');
  const at = lines.findLastIndex((line) => /^\s*(?:export\s+)?([A-Za-z0-9_.]+)\s*=/.exec(line)?.[1] === name);
  return at < 0 ? null : at + 1;
}

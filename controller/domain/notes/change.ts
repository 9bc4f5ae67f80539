/** Two versions of a recipe side by side, as operators have them: no setting of this CI. Pure. */
import type { OperatorNote } from '../../api/operator-note.ts';
import type { ComposeFacts } from '../recipe/compose-facts.ts';
import { treeAt, type ComposeDocument } from '../recipe/compose-parse.ts';
import { interpolate, type Env } from '../recipe/interpolate.ts';
import { envWith } from '../lint/env.ts';
import { factsOf, LINT_DOMAIN, LINT_STACK, type LintRecipe } from '../recipe/recipe-at.ts';
import { shownValue, shownVersion } from './quoted.ts';

export interface Side {
  readonly recipe: LintRecipe;
  /** Of the compose files that are compared, with the env of an app made from this version. */
  readonly facts: ComposeFacts;
  readonly documents: readonly ComposeDocument[];
}

export interface Change {
  readonly old: Side;
  readonly head: Side;
}

/** Told or not is known only once all notes are there. */
export type Note = Omit<OperatorNote, 'told'>;

export function sideOf(recipe: LintRecipe, paths: readonly string[]): Side {
  return {
    recipe,
    facts: factsOf(recipe, paths, withoutSecrets(envWith(recipe, recipe.abraSh))),
    documents: recipe.composes.filter(({ path }) => paths.includes(path)).map(({ document }) => document),
  };
}

/** What may be a secret must not come out in a route or in an image's name. */
function withoutSecrets(env: Env): Env {
  const isShown = (name: string, value: string): boolean =>
    shownValue(name, value) !== null || shownVersion(value) === value;
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, isShown(name, value) ? value : `<${name}>`]),
  );
}

/** Variables that any of the compose files names, with a default or without. */
export function variablesNamed({ composes }: LintRecipe): Set<string> {
  return new Set(composes.flatMap(({ document }) => namesIn(document.tree)));
}

function namesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return interpolate(value, {}).names;
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(namesIn) : [];
}

/** The variables in the name of a secret, by which its version is set; of all files the last word counts. */
export function nameVariables({ documents }: Pick<Side, 'documents'>, key: string): string[] {
  const names = documents.flatMap(({ tree }) => {
    const secret = treeAt(tree, 'secrets', key);
    const name = secret['name'] ?? treeAt(secret, 'external')['name'];
    return typeof name === 'string' ? [name] : [];
  });
  return interpolate(names.at(-1) ?? '', {}).names.filter((name) => name !== 'STACK_NAME');
}

/** In the words of an operator, who has another stack and another domain. */
export function asOperators(text: string): string {
  return text.replaceAll(LINT_STACK, '<stack>').replaceAll(LINT_DOMAIN, '<domain>');
}

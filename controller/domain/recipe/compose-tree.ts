/**
 * What one deploy deploys: all files of COMPOSE_FILE, filled in, in their long form, merged into one tree.
 * The same tree is judged and handed to the deployer, so that no second parser reads a stranger's text. Pure.
 */
import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import type { ComposeInput } from './compose-facts.ts';
import { fillDocument, type VariableProblem } from './compose-fill.ts';
import { longForm } from './compose-long.ts';
import { mergedCompose } from './compose-merge.ts';
import { isTree, parseCompose, type Place, type Tree } from './compose-parse.ts';
import { MalformedCompose } from './compose-short.ts';
import { fieldsAsTyped } from './compose-typed.ts';

export type { Tree } from './compose-parse.ts';

export type TreeRead =
  | { readonly ok: true; readonly tree: Tree }
  | { readonly ok: false; readonly problem: string; readonly place: Place };

type Input = Pick<ComposeInput, 'files' | 'env'>;

/** A variable without a value becomes the empty text, as with docker; what docker refuses is refused. */
export function composeTree({ files, env }: Input): TreeRead {
  const trees: Tree[] = [];
  for (const file of files) {
    const at = { file: file.path, line: 1 };
    const parsed = parseCompose(file);
    if ('message' in parsed)
      return { ok: false, problem: `cannot read ${file.path}: ${parsed.message}`, place: parsed.place };
    const filled = fillDocument(parsed, env);
    const refused = problemOf(filled.variables);
    if (refused !== undefined)
      return { ok: false, problem: `${file.path}: ${refused.words}`, place: refused.place };
    try {
      trees.push(longForm(fieldsAsTyped(filled.tree), env));
    } catch (error) {
      if (!(error instanceof MalformedCompose)) throw error;
      return { ok: false, problem: `${file.path}: ${error.message}`, place: at };
    }
  }
  return { ok: true, tree: mergedCompose(trees) };
}

/** The first variable for which docker or abra would refuse the file; one that is only not set they take for empty. */
export function problemOf(
  variables: readonly VariableProblem[],
): { readonly words: string; readonly place: Place } | undefined {
  const refused = variables.find(({ kind }) => kind !== 'missing');
  return refused === undefined ? undefined : { words: wordsFor(refused), place: refused.place };
}

function wordsFor({ kind, name, detail, field }: VariableProblem): string {
  if (kind === 'required') return `required variable ${name} is missing a value: ${detail}`;
  if (kind === 'typed')
    return `${name} cannot hold a variable: the schema is checked before env is filled in`;
  return `invalid interpolation format in ${field}: escape a literal $ as $$`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

/** The same text for the same tree, whatever the order of its keys. JSON; all but ASCII is escaped. */
export function treeText(tree: Tree): string {
  return JSON.stringify(sorted(tree)).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Reads what `treeText` wrote, which is YAML too. Not by JSON.parse: V8 takes an escaped key for another one that it
 * read earlier in the process (nodejs/node#63785), so what was judged and what is deployed could differ.
 */
export function readTreeText(text: string): unknown {
  return parse(text, { schema: 'json', merge: false, uniqueKeys: false, maxAliasCount: 0 });
}

export function treeDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

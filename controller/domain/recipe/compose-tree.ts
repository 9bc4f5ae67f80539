/**
 * What one deploy deploys: all files of COMPOSE_FILE, filled in, in their long form, merged into one tree.
 * The same tree is judged and handed to the deployer, so that no second parser reads a stranger's text. Pure.
 */
import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import type { ComposeInput } from './compose-facts.ts';
import { fillDocument, type FilledDocument, type VariableProblem } from './compose-fill.ts';
import { longForm } from './compose-long.ts';
import { mergedCompose } from './compose-merge.ts';
import { isTree, parseCompose, type ParseProblem, type Place, type Tree } from './compose-parse.ts';
import { isRefused, ownRefusals, versionRefusals } from './compose-refused.ts';

export type { Tree } from './compose-parse.ts';

export type TreeRead =
  | { readonly ok: true; readonly tree: Tree }
  | { readonly ok: false; readonly problem: string; readonly place: Place };

type Input = Pick<ComposeInput, 'files' | 'env'>;

/** A variable without a value becomes the empty text, as with docker; what docker refuses is refused. */
export function composeTree({ files, env }: Input): TreeRead {
  const documents: FilledDocument[] = [];
  for (const file of files) {
    const parsed = parseCompose(file);
    if ('message' in parsed)
      return { ok: false, problem: `cannot read ${file.path}: ${parsed.message}`, place: parsed.place };
    const filled = fillDocument(parsed, env);
    documents.push(filled);
    const refused = problemOf(filled.variables) ?? ownRefusals(filled, env)[0];
    if (refused !== undefined)
      return { ok: false, problem: `${file.path}: ${refused.message}`, place: refused.place };
  }
  const [apart] = versionRefusals(documents);
  if (apart !== undefined) return { ok: false, problem: apart.message, place: apart.place };
  return { ok: true, tree: mergedCompose(documents.map(({ tree }) => longForm(tree, env))) };
}

/** The first variable for which docker would refuse the file; one that is only not set it takes for empty. */
export function problemOf(variables: readonly VariableProblem[]): ParseProblem | undefined {
  const refused = variables.find(isRefused);
  return refused === undefined ? undefined : { message: wordsFor(refused), place: refused.place };
}

function wordsFor({ kind, name, detail, field }: VariableProblem): string {
  if (kind === 'required') return `required variable ${name} is missing a value: ${detail}`;
  if (kind === 'unfit')
    return `${field} cannot hold a variable, which abra checks before it fills it in: ${detail}`;
  return `invalid interpolation format in ${field}: ${detail}`;
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

/** Compose files as YAML trees that know where each of their parts stands. Pure. */
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';

export interface ComposeText {
  /** Relative to the recipe's folder, for people. */
  readonly path: string;
  readonly text: string;
}

export interface Place {
  readonly file: string;
  readonly line: number;
}

export type Tree = { readonly [key: string]: unknown };
type Path = readonly (string | number)[];

export interface ComposeDocument {
  readonly path: string;
  readonly tree: Tree;
  /** Line of the part, or of the nearest one around it where the part came by a merge key. */
  place(path: Path): Place;
}

export interface ParseProblem {
  readonly message: string;
  readonly place: Place;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function treeAt(tree: Tree, ...keys: readonly string[]): Tree {
  return keys.reduce<Tree>((at, key) => (isTree(at[key]) ? at[key] : {}), tree);
}

export function listAt(tree: Tree, key: string): readonly unknown[] {
  return Array.isArray(tree[key]) ? (tree[key] as unknown[]) : [];
}

/** YAML 1.1 octals (`mode: 0440`) are what docker's own parser reads, so they are read here too. */
const legacyOctal = {
  identify: () => false,
  default: true,
  tag: 'tag:yaml.org,2002:int',
  test: /^0[0-7]+$/,
  resolve: (text: string) => Number.parseInt(text, 8),
} as const;

export function parseCompose({ path, text }: ComposeText): ComposeDocument | ParseProblem {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    merge: true,
    lineCounter: lines,
    logLevel: 'silent',
    customTags: (tags) => [legacyOctal, ...tags],
  });
  const lineAt = (offset: number): Place => ({ file: path, line: Math.max(1, lines.linePos(offset).line) });
  const error = document.errors[0];
  if (error !== undefined) return { message: firstLine(error.message), place: lineAt(error.pos[0]) };
  try {
    const tree: unknown = document.toJS();
    if (!isTree(tree)) return { message: 'it is not a mapping', place: { file: path, line: 1 } };
    if (isEndless(tree))
      return { message: 'an alias leads back into itself', place: { file: path, line: 1 } };
    return { path, tree, place: (at) => lineAt(offsetOf(document, at)) };
  } catch (failure) {
    // Aliases that point nowhere, or that multiply without end.
    return {
      message: failure instanceof Error ? failure.message : String(failure),
      place: { file: path, line: 1 },
    };
  }
}

/** Whoever walks through it would never come to an end. */
function isEndless(value: unknown, above: readonly unknown[] = []): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return above.includes(value) || Object.values(value).some((part) => isEndless(part, [...above, value]));
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
}

/** A mapping's own line is that of its first key, so the key's line is looked for first. */
function offsetOf(document: Document.Parsed, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const found = keyOffset(document, path.slice(0, length));
    if (found !== null) return found;
  }
  return 0;
}

function keyOffset(document: Document.Parsed, path: Path): number | null {
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  const items = isNode(parent) && 'items' in parent ? (parent.items as readonly unknown[]) : [];
  const item = typeof last === 'number' ? items[last] : items.find((one) => keyOf(one) === last);
  const node = typeof last === 'number' ? item : (item as { key?: unknown } | undefined)?.key;
  return isNode(node) && node.range ? node.range[0] : null;
}

function keyOf(pair: unknown): unknown {
  const key = (pair as { key?: unknown }).key;
  return isNode(key) && 'value' in key ? key.value : key;
}

/** A scalar as text; what is no scalar has no business there, and is shown as it is. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** Labels and environments come as a list of `key=value` or as a mapping; `key` alone has no value. */
export function pairsOf(value: unknown): { key: string; value: string | null; step: string | number }[] {
  if (Array.isArray(value)) return value.map((item, step) => ({ ...splitPair(textOf(item)), step }));
  if (!isTree(value)) return [];
  return Object.entries(value).map(([key, item]) => ({
    key,
    value: item === null ? null : textOf(item),
    step: key,
  }));
}

function splitPair(text: string): { key: string; value: string | null } {
  const equals = text.indexOf('=');
  return equals < 0
    ? { key: text, value: null }
    : { key: text.slice(0, equals), value: text.slice(equals + 1) };
}

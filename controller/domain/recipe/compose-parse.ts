/** Compose files as YAML trees that know where each of their parts stands. Pure. */
import {
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type ParsedNode,
  type Scalar,
} from 'yaml';
import { plainTree } from './compose-plain.ts';
import { plainScalar, type Plain } from './yaml-scalar.ts';

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
  /** What docker takes in no file, whatever the variables are. */
  readonly faults: readonly ParseProblem[];
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

/** A recipe’s compose file is a few pages. */
export const MAX_COMPOSE_BYTES = 256 * 1024;
/** More than anybody reads. */
const MOST_FAULTS = 50;
/** Docker’s schema is eight levels deep. */
const MAX_DEPTH = 40;

export function parseCompose({ path, text }: ComposeText): ComposeDocument | ParseProblem {
  const lines = new LineCounter();
  const problem = (message: string, offset = 0): ParseProblem => ({
    message,
    place: { file: path, line: Math.max(1, lines.linePos(offset).line) },
  });
  if (Buffer.byteLength(text) > MAX_COMPOSE_BYTES)
    return { message: 'it is larger than 256 KiB', place: { file: path, line: 1 } };
  try {
    const document = parseDocument(text, {
      merge: true,
      lineCounter: lines,
      // Quieter levels hide that there is a second document; nothing is printed here.
      logLevel: 'error',
      // Compared each with each by the library, which takes minutes for a file of keys.
      uniqueKeys: false,
    });
    const error = document.errors[0];
    if (error !== undefined) return problem(wordsOf(error), error.pos[0]);
    const fault = faultOf(document.contents);
    if (fault !== null) return problem(fault.message, fault.offset);
    const parsed: unknown = document.toJS();
    if (!isTree(parsed)) return problem('it is not a mapping');
    if (isDeeperThan(parsed, MAX_DEPTH)) return problem('an alias leads back into itself, or very deep');
    const places = new Places(document);
    const place = (at: Path): Place => ({
      file: path,
      line: Math.max(1, lines.linePos(places.offsetOf(at)).line),
    });
    const { tree, faults } = plainTree(parsed);
    return {
      path,
      tree: tree as Tree,
      faults: faults.slice(0, MOST_FAULTS).map(({ path: at, words }) => ({
        message: `${at.join('.')} ${words}`,
        place: place(at),
      })),
      place,
    };
  } catch (failure) {
    // Aliases that point nowhere, or that multiply without end, and nesting that the library cannot follow.
    if (failure instanceof RangeError) return problem('it is nested too deeply');
    return problem(failure instanceof Error ? firstLine(failure.message) : String(failure));
  }
}

function wordsOf({ code, message }: { readonly code: string; readonly message: string }): string {
  return code === 'MULTIPLE_DOCS'
    ? 'it holds a second document, which docker does not read'
    : firstLine(message);
}

interface Fault {
  readonly message: string;
  readonly offset: number;
}

/** Tags that say what is so anyway. */
const PLAIN_TAG = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq|merge)$/;

/** What the library would also find, in time that grows with the file: keys that are there twice, and endless nesting; each scalar becomes what it is to docker. */
function faultOf(node: ParsedNode | null, depth = 0): Fault | null {
  if (node === null) return null;
  const fault = ownFault(node, depth);
  if (fault !== null) return fault;
  if (isSeq(node)) return firstFault(node.items, depth);
  if (!isMap(node)) return null;
  return (
    keyFault(node.items.map(({ key }) => key)) ??
    firstFault(
      node.items.map(({ value }) => value),
      depth,
    )
  );
}

function ownFault(node: ParsedNode, depth: number): Fault | null {
  const [offset] = node.range;
  if (depth > MAX_DEPTH) return { message: 'it is nested too deeply', offset };
  const tag = 'tag' in node ? node.tag : undefined;
  if (tag !== undefined && !PLAIN_TAG.test(tag))
    return { message: `the tag ${tag} makes something else of what it says`, offset };
  return isScalar(node) ? scalarFault(node, tag) : null;
}

/** Gives the scalar its value; a tag may say what it is, but not make something else of it. */
function scalarFault(node: Scalar.Parsed, tag: string | undefined): Fault | null {
  const { source, type } = node;
  const kind = tag?.slice(PLAIN_PREFIX.length);
  if (kind === 'str' || (kind === undefined && type !== 'PLAIN')) {
    node.value = source;
    return null;
  }
  const plain = plainScalar(source);
  const value = kind === 'float' && typeof plain === 'bigint' ? Number(plain) : plain;
  node.value = value;
  if (kind === undefined || kind === kindOf(value)) return null;
  return { message: `the tag !!${kind} does not fit what it says`, offset: node.range[0] };
}

const PLAIN_PREFIX = 'tag:yaml.org,2002:';

function kindOf(value: Plain): string {
  if (value === null) return 'null';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return 'float';
  return typeof value === 'boolean' ? 'bool' : 'str';
}

function keyFault(keys: readonly ParsedNode[]): Fault | null {
  const seen = new Set<unknown>();
  for (const key of keys) {
    const fault = ownKeyFault(key, seen);
    if (fault !== null) return { message: fault, offset: key.range[0] };
    seen.add(isScalar(key) ? key.value : key);
  }
  return null;
}

function ownKeyFault(key: ParsedNode, seen: ReadonlySet<unknown>): string | null {
  if (!isScalar(key)) return 'a key has to be a text';
  const fault = scalarFault(key, key.tag);
  if (fault !== null) return fault.message;
  if (typeof key.value !== 'string')
    return `the key ${key.source ?? ''} is no text to docker, which refuses the file: quote it`;
  return seen.has(key.value) ? 'Map keys must be unique' : null;
}

function firstFault(nodes: readonly (ParsedNode | null)[], depth: number): Fault | null {
  for (const node of nodes) {
    const fault = faultOf(node, depth + 1);
    if (fault !== null) return fault;
  }
  return null;
}

/** Whoever walks through it must come to an end. */
function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeperThan(part, levels - 1));
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
}

/** Finds where a part of a document stands, each mapping searched once. */
class Places {
  readonly #document: Document.Parsed;
  readonly #pairs = new Map<unknown, Map<unknown, { readonly key: unknown; readonly value: unknown }>>();

  constructor(document: Document.Parsed) {
    this.#document = document;
  }

  /** A mapping's own line is that of its first key, so the key's line is looked for first. */
  offsetOf(path: Path): number {
    let offset = 0;
    let node: unknown = this.#document.contents;
    for (const step of path) {
      const { mark, inner } = this.#stepInto(node, step);
      if (!isNode(mark) || !mark.range) break;
      offset = mark.range[0];
      node = inner;
    }
    return offset;
  }

  #stepInto(node: unknown, step: string | number): { mark?: unknown; inner?: unknown } {
    if (isSeq(node) && typeof step === 'number') return { mark: node.items[step], inner: node.items[step] };
    if (!isMap(node)) return {};
    const pairs =
      this.#pairs.get(node) ??
      new Map(node.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : pair.key, pair]));
    this.#pairs.set(node, pairs);
    const pair = pairs.get(String(step));
    return { mark: pair?.key, inner: pair?.value };
  }
}

/** What a file says of its schema in `version:`; a recipe's files all have to say the same. Null where it says nothing, or cannot be read. */
export function schemaVersionOf(file: ComposeText | undefined): string | null {
  const parsed = file === undefined ? null : parseCompose(file);
  const version = parsed !== null && 'tree' in parsed ? parsed.tree['version'] : undefined;
  return version === undefined ? null : textOf(version);
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

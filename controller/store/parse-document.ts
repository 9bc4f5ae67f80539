/** YAML text to a checked document, or to problems with file, line, column and the nearest valid key. Pure; never throws. */
import { createHash } from 'node:crypto';
import {
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type YAMLMap,
  parseAllDocuments,
  type Document,
} from 'yaml';
import type { z } from 'zod';
import { RecipeSpec } from '../api/recipe-spec.ts';
import { TestRun } from '../api/test-run.ts';
import { nearest } from '../domain/text/nearest.ts';
import type { Parsed, Problem, SpecSeen } from '../ports.ts';
import { cancelIn, wishIn } from './wish.ts';

/** Documents are a page long; a bigger file is a mistake and is not worth the parse. */
export const MAX_DOCUMENT_BYTES = 64 * 1024;

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

interface Source {
  readonly file: string;
  readonly lines: LineCounter;
  readonly document: Document.Parsed;
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** With the name of its file, where that must be the document's own. */
export function parseTestRun(text: string, file: string, name?: string): Parsed<TestRun> {
  return parseDocument(TestRun, text, { file, name });
}

/** With what it asks for. */
export function parseSpec(text: string, file: string, name: string): Omit<SpecSeen, 'createdAt'> {
  let written: unknown;
  const parsed = parseDocument(TestRun, text, { file, name, onValue: (value) => (written = value) });
  if (!parsed.ok) return { parsed, wish: '', cancel: cancelIn(text) };
  return { parsed, wish: wishIn(written), cancel: parsed.value.spec.cancel };
}

export function parseRecipeSpec(text: string, file: string, name?: string): Parsed<RecipeSpec> {
  return parseDocument(RecipeSpec, text, { file, name });
}

type Refused = Extract<Parsed<never>, { ok: false }>;

export const TOO_LARGE = `is larger than ${MAX_DOCUMENT_BYTES / 1024} KiB; a document is about a page`;

/** What is wrong with a file as a whole; its digest is that of the reason where nothing was read. */
export function refusedWhole(file: string, message: string, digest = digestOf(message)): Refused {
  return { ok: false, digest, problems: [{ file, line: 1, column: 1, path: '', message }] };
}

/** `file:line:column: path: message`, as compilers write it. */
export function problemText(problem: Problem): string {
  const at = problem.path === '' ? '' : `${problem.path}: `;
  return `${problem.file}:${problem.line}:${problem.column}: ${at}${problem.message}`;
}

interface Expected {
  readonly file: string;
  readonly name: string | undefined;
  /** Told what was written, before anything of it is checked. */
  readonly onValue?: (value: unknown) => void;
}

interface Named {
  readonly metadata: { readonly name: string };
}

function parseDocument<T extends Named>(
  schema: z.ZodType<T>,
  text: string,
  { file, name, onValue }: Expected,
): Parsed<T> {
  const digest = digestOf(text);
  const refuse = (problems: readonly Problem[]): Parsed<T> => ({ ok: false, problems, digest });
  const whole = (message: string): Parsed<T> => refusedWhole(file, message, digest);
  if (Buffer.byteLength(text) > MAX_DOCUMENT_BYTES) return whole(TOO_LARGE);
  if (text.includes('\0')) return whole('is not text: it holds NUL bytes');
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    uniqueKeys: true,
    strict: true,
    logLevel: 'silent',
  });
  const [document, ...more] = [...documents];
  if (document === undefined || document.contents === null)
    return whole('is empty; see `ccci-ctl explain run` for what belongs here');
  if (more.length > 0) return whole('holds more than one YAML document; write one document a file');
  const source: Source = { file, lines, document };
  if (document.errors.length > 0) return refuse(document.errors.map((error) => yamlProblem(error, source)));
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 20 });
  } catch (error) {
    return whole(error instanceof Error ? error.message : String(error));
  }
  onValue?.(value);
  return checkedDocument(schema, value, { source, name, digest });
}

interface Checking {
  readonly source: Source;
  readonly name: string | undefined;
  readonly digest: string;
}

function checkedDocument<T extends Named>(
  schema: z.ZodType<T>,
  value: unknown,
  { source, name, digest }: Checking,
): Parsed<T> {
  const { success, data, error } = schema.safeParse(value);
  if (!success) {
    const problems = error.issues.flatMap((issue) => issueProblems(issue, source, schema));
    return { ok: false, problems, digest };
  }
  const said = data.metadata.name;
  if (name === undefined || said === name) return { ok: true, value: data, digest };
  return { ok: false, problems: [nameProblem({ said, name }, source)], digest };
}

function nameProblem({ said, name }: { said: string; name: string }, source: Source): Problem {
  const path = ['metadata', 'name'];
  return {
    ...position(path, source),
    file: source.file,
    path: pathText(path),
    message: `metadata.name is "${said}", but the file is named "${name}"; make them the same`,
  };
}

function yamlProblem(error: { pos: [number, number]; message: string }, source: Source): Problem {
  const { line, col } = source.lines.linePos(error.pos[0]);
  return {
    file: source.file,
    line: Math.max(1, line),
    column: Math.max(1, col),
    path: '',
    message: (error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, ''),
  };
}

function issueProblems(issue: Issue, source: Source, schema: z.ZodType): Problem[] {
  if (issue.code === 'invalid_union') {
    const meant = meantOf(issue);
    if (meant !== null)
      return meant.flatMap((each) =>
        issueProblems({ ...each, path: [...issue.path, ...each.path] }, source, schema),
      );
  }
  if (issue.code !== 'unrecognized_keys') {
    return [
      {
        ...position(issue.path, source),
        file: source.file,
        path: pathText(issue.path),
        message: issueMessage(issue, source),
      },
    ];
  }
  const known = knownKeys(schema, issue.path);
  return issue.keys.map((key) => {
    const near = nearest(key, known);
    const hint = near === null ? `Known here: ${known.join(', ')}.` : `Did you mean "${near}"?`;
    return {
      ...position([...issue.path, key], source),
      file: source.file,
      path: pathText(issue.path),
      message: `unknown key "${key}". ${hint}`,
    };
  });
}

/** Of the shapes that a value may have, what is wrong with the one that it was meant to be; null where it is none of them. */
function meantOf({ errors }: Extract<Issue, { code: 'invalid_union' }>): readonly Issue[] | null {
  const isOfAnotherType = (issues: readonly Issue[]): boolean =>
    issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0);
  return errors.find((issues) => !isOfAnotherType(issues)) ?? null;
}

function issueMessage(issue: Issue, source: Source): string {
  if (issue.code === 'invalid_union') {
    const types = issue.errors
      .flat()
      .flatMap((each) => (each.code === 'invalid_type' ? [each.expected] : []));
    if (types.length > 0) return `must be ${[...new Set(types)].join(' or ')}`;
  }
  const missing = issue.code === 'invalid_type' && source.document.getIn(issue.path) === undefined;
  return missing ? `is missing (${issue.message})` : issue.message;
}

function pathText(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

/** Where a path stands in the text; a missing key is shown at its nearest parent. */
function position(path: Path, source: Source): { line: number; column: number } {
  for (let length = path.length; length >= 0; length--) {
    const offset = offsetOf(path.slice(0, length), source.document);
    if (offset !== null) {
      const { line, col } = source.lines.linePos(offset);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}

function keyOffset(container: YAMLMap, name: PropertyKey): number | null {
  const key = container.items.find((item) => isScalar(item.key) && item.key.value === name)?.key;
  return isScalar(key) ? (key.range?.[0] ?? null) : null;
}

function offsetOf(path: Path, document: Document.Parsed): number | null {
  const last = path.at(-1);
  const parent = document.getIn(path.slice(0, -1), true);
  const container = path.length === 1 ? document.contents : parent;
  const key = last !== undefined && isMap(container) ? keyOffset(container, last) : null;
  if (key !== null) return key;
  const node = (path.length === 0 ? document.contents : document.getIn(path, true)) as
    | Node
    | null
    | undefined;
  return node?.range?.[0] ?? null;
}

interface Wrapper {
  readonly def?: {
    readonly innerType?: z.ZodType;
    readonly in?: z.ZodType;
    readonly options?: readonly z.ZodType[];
  };
  readonly shape?: Record<string, z.ZodType>;
}

/** The object schema's keys at a path, looking through defaults, optionals, pipes, and at the object of several shapes. */
function knownKeys(schema: z.ZodType, path: Path): string[] {
  let current = unwrapped(schema);
  for (const part of path) {
    const next = current.shape?.[String(part)];
    if (next === undefined) return [];
    current = unwrapped(next);
  }
  return Object.keys(current.shape ?? {});
}

function unwrapped(schema: z.ZodType): Wrapper {
  const inside = ({ def }: Wrapper): z.ZodType | undefined =>
    def?.innerType ?? def?.in ?? def?.options?.find((each) => (each as Wrapper).shape !== undefined);
  let current = schema as unknown as Wrapper;
  for (let inner = inside(current); inner !== undefined; inner = inside(current))
    current = inner as unknown as Wrapper;
  return current;
}

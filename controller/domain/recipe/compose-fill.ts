/** Fills a compose file with the app's env, and notes every variable that nobody set. Pure. */
import { isTree, type ComposeDocument, type ParseProblem, type Place, type Tree } from './compose-parse.ts';
import { isTyped, schemaVersion } from './compose-schema.ts';
import { typedValue, type Typed } from './compose-typed.ts';
import { interpolate, type Env, type Interpolation } from './interpolate.ts';

/**
 * `missing`: not set and without a default. `required`: the same, and the file insists (`:?`).
 * `invalid`: docker refuses the text. `unfit`: the value is none that the field takes.
 * `typed`: abra checks the schema before env is filled in, so it refuses the file.
 * `odd`: docker takes it, and makes of it what nobody means.
 */
export interface VariableProblem {
  readonly kind: 'missing' | 'required' | 'invalid' | 'unfit' | 'typed' | 'odd';
  /** The variable, or for `typed`, `unfit` and `odd` the field; '' for `invalid`. */
  readonly name: string;
  readonly detail: string;
  /** Where the value goes: `services.app.image`. */
  readonly field: string;
  readonly place: Place;
}

export interface FilledDocument {
  readonly path: string;
  /** Without extension fields. */
  readonly tree: Tree;
  readonly whole: Tree;
  /** What `version:` says before anything is filled in. */
  readonly version: string;
  readonly faults: readonly ParseProblem[];
  readonly variables: readonly VariableProblem[];
  place(path: readonly (string | number)[]): Place;
}

type Path = readonly (string | number)[];
type Noted = Pick<VariableProblem, 'kind' | 'name' | 'detail'>;

/** Of all values of a file together; more is made by variables that hold one another. */
const MAX_FILLED = 4 * 1024 * 1024;

export function fillDocument(document: ComposeDocument, env: Env): FilledDocument {
  const variables: VariableProblem[] = [];
  let length = 0;
  const fillText = (text: string, path: Path): unknown => {
    const found = interpolate(text, env);
    length += found.text.length;
    const isOver = length > MAX_FILLED;
    const problem = isOver ? 'variables make it longer than 4 MiB' : found.problem;
    const typed = found.text === text ? { value: text } : typedValue(found.text, path);
    const notes = notesOf({ ...found, problem, text, path, typed });
    if (notes.length > 0) {
      const at = { field: path.join('.'), place: document.place(path) };
      variables.push(...notes.map((note) => ({ ...note, ...at })));
    }
    if (isOver) return '';
    return 'value' in typed ? typed.value : found.text;
  };
  const fill = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return fillText(value, path);
    if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index]));
    if (!isTree(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, [...path, key])]));
  };
  const whole = fill(document.tree, []) as Tree;
  // Extension fields hold anchors for other parts; what is only not set there is said where those are used.
  const tree = Object.fromEntries(Object.entries(whole).filter(([key]) => !key.startsWith('x-')));
  const version = schemaVersion(document.tree['version']);
  return { ...document, tree, whole, version, variables: variables.filter(isSaid) };
}

function isSaid({ kind, field }: VariableProblem): boolean {
  return !field.startsWith('x-') || kind === 'invalid' || kind === 'required';
}

interface Met extends Omit<Interpolation, 'text'> {
  readonly text: string;
  readonly path: Path;
  readonly typed: Typed;
}

function notesOf({ names, missing, problem, odd, text, path, typed }: Met): Noted[] {
  const name = path.join('.');
  const isUnfit = problem === null && 'wanted' in typed;
  return [
    ...(problem === null ? [] : [{ kind: 'invalid' as const, name: '', detail: problem }]),
    ...(isUnfit ? [{ kind: 'unfit' as const, name, detail: `${text} is not ${typed.wanted}` }] : []),
    ...(names.length > 0 && isTyped(path) ? [{ kind: 'typed' as const, name, detail: text }] : []),
    ...missing.map(missed),
    ...odd.map((detail) => ({ kind: 'odd' as const, name, detail })),
  ];
}

const missed = ({ name, required }: { readonly name: string; readonly required: string | null }): Noted =>
  required === null ? { kind: 'missing', name, detail: '' } : { kind: 'required', name, detail: required };

/** Fills a compose file with the app's env, and notes every variable that nobody set. Pure. */
import { isTree, type ComposeDocument, type Place, type Tree } from './compose-parse.ts';
import { interpolate, type Env } from './interpolate.ts';

/**
 * `missing`: not set and without a default. `required`: the same, and the file insists (`:?`).
 * `invalid`: docker refuses the text. `typed`: abra checks the schema before env is filled in, so it refuses the file.
 */
export interface VariableProblem {
  readonly kind: 'missing' | 'required' | 'invalid' | 'typed';
  /** The variable, or for `typed` the field. */
  readonly name: string;
  readonly detail: string;
  /** Where the value goes: `services.app.image`. */
  readonly field: string;
  readonly place: Place;
}

export interface FilledDocument {
  readonly path: string;
  readonly tree: Tree;
  readonly variables: readonly VariableProblem[];
  place(path: readonly (string | number)[]): Place;
}

type Path = readonly (string | number)[];

/** Fields that hold numbers and durations. */
const TYPED =
  /^services\.[^.]+\.(?:stop_grace_period|healthcheck\.(?:interval|timeout|start_period|start_interval|retries|disable)|deploy\.(?:replicas|(?:update_config|rollback_config)\.(?:parallelism|delay|monitor|max_failure_ratio)|restart_policy\.(?:delay|max_attempts|window)))$/;

const missed = ({ name, required }: { readonly name: string; readonly required: string | null }) =>
  required === null
    ? ({ kind: 'missing', name, detail: '' } as const)
    : ({ kind: 'required', name, detail: required } as const);

/** Of all values of a file together; more is made by variables that hold one another. */
const MAX_FILLED = 4 * 1024 * 1024;

export function fillDocument(document: ComposeDocument, env: Env): FilledDocument {
  const variables: VariableProblem[] = [];
  let length = 0;
  const fillText = (text: string, path: Path): string => {
    const { text: filled, missing, names, problem } = interpolate(text, env);
    length += filled.length;
    const isOver = length > MAX_FILLED;
    const fault = isOver ? 'variables make it longer than 4 MiB' : problem;
    if (names.length === 0 && fault === null) return filled;
    const at = { field: path.join('.'), place: document.place(path) };
    if (fault !== null) variables.push({ kind: 'invalid', name: '', detail: fault, ...at });
    if (names.length > 0 && TYPED.test(at.field))
      variables.push({ kind: 'typed', name: at.field, detail: text, ...at });
    for (const one of missing) variables.push({ ...missed(one), ...at });
    return isOver ? '' : filled;
  };
  const fill = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return fillText(value, path);
    if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index]));
    if (!isTree(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, [...path, key])]));
  };
  // Extension fields hold anchors for other parts; where those are used, they are filled in there.
  const used = Object.entries(document.tree).filter(([key]) => !key.startsWith('x-'));
  const tree = fill(Object.fromEntries(used), []) as Tree;
  return { ...document, tree, variables };
}

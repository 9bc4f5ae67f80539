/**
 * Variables in compose files, by the grammar of docker's own loader: `$$`, `$NAME`, `${NAME}`, and with the operators
 * `:-` `-` `:?` `?` `:+` `+`, whose text may hold variables again. Pure; says what it met instead of throwing.
 */

export type Env = Readonly<Record<string, string>>;

export interface Interpolation {
  readonly text: string;
  /** Variables that are not set and have no default, in order of appearance. */
  readonly missing: readonly { readonly name: string; readonly required: string | null }[];
  /** Every variable that the template names. */
  readonly names: readonly string[];
  /** Why docker would refuse the template, or null. */
  readonly problem: string | null;
}

interface Notes {
  readonly missing: { name: string; required: string | null }[];
  readonly names: string[];
  problem: string | null;
}

const NAME = /[_a-z][_a-z0-9]*/iy;
const OPERATOR = /:?[-?+]/y;
/** A default in a default in a default; deeper is an attack on whoever reads it. */
const MAX_DEPTH = 32;
/** A value in full is a page; more is made by variables that hold one another. */
const MAX_LENGTH = 1024 * 1024;
const MAX_SHOWN = 200;

/** Reads each character at most once a level of depth, so that its time grows with the template. */
export function interpolate(template: string, env: Env): Interpolation {
  if (!template.includes('$')) return { text: template, missing: [], names: [], problem: null };
  const notes: Notes = { missing: [], names: [], problem: null };
  const scope: Scope = { template, env, notes, braces: bracesOf(template), length: 0 };
  const text = expand(scope, { from: 0, to: template.length, depth: 0 });
  return { text, ...notes };
}

interface Scope {
  readonly template: string;
  readonly env: Env;
  readonly notes: Notes;
  /** Of each `{` after a `$`: where it closes. */
  readonly braces: ReadonlyMap<number, number>;
  /** Of all that was filled in so far. */
  length: number;
}

/** A part of the template. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly depth: number;
}

interface Piece {
  readonly value: string;
  readonly end: number;
}

/** Any `}` closes the last variable that is still open. */
function bracesOf(text: string): Map<number, number> {
  const braces = new Map<number, number>();
  const open: number[] = [];
  for (const { 0: sign, index } of text.matchAll(/\$\{|\}/g)) {
    if (sign === '${') open.push(index + 1);
    else {
      const last = open.pop();
      if (last !== undefined) braces.set(last, index);
    }
  }
  return braces;
}

function expand(scope: Scope, { from, to, depth }: Part): string {
  const { template } = scope;
  const said: string[] = [];
  let at = from;
  for (;;) {
    const dollar = template.indexOf('$', at);
    if (dollar < 0 || dollar >= to) break;
    said.push(template.slice(at, dollar));
    const { value, end } = variableAt(scope, dollar, depth);
    said.push(value);
    at = end;
  }
  said.push(template.slice(at, to));
  return said.join('');
}

function variableAt(scope: Scope, dollar: number, depth: number): Piece {
  const { template } = scope;
  const next = template[dollar + 1];
  if (next === '$') return { value: '$', end: dollar + 2 };
  if (next === '{') return bracedAt(scope, dollar, depth);
  const name = stickyMatch(NAME, template, dollar + 1);
  if (name === '') return invalid(scope, dollar);
  const end = dollar + 1 + name.length;
  return { value: valueOf(scope, { name, operator: '', rest: { from: end, to: end, depth } }), end };
}

function bracedAt(scope: Scope, dollar: number, depth: number): Piece {
  const { template } = scope;
  const close = scope.braces.get(dollar + 1) ?? -1;
  const name = stickyMatch(NAME, template, dollar + 2);
  const afterName = dollar + 2 + name.length;
  const operator = stickyMatch(OPERATOR, template, afterName);
  const from = afterName + operator.length;
  const wellFormed = name !== '' && close >= from && (operator !== '' || close === afterName);
  if (!wellFormed || depth > MAX_DEPTH) return invalid(scope, dollar);
  const value = valueOf(scope, { name, operator, rest: { from, to: close, depth: depth + 1 } });
  return { value, end: close + 1 };
}

function invalid({ template, notes }: Scope, dollar: number): Piece {
  notes.problem ??= `invalid interpolation in ${JSON.stringify(template.slice(0, MAX_SHOWN))}: a literal $ is written $$`;
  return { value: '$', end: dollar + 1 };
}

function stickyMatch(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

interface Variable {
  readonly name: string;
  readonly operator: string;
  readonly rest: Part;
}

function valueOf(scope: Scope, { name, operator, rest }: Variable): string {
  const { env, notes, template } = scope;
  notes.names.push(name);
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  const present = value !== undefined && !(operator.startsWith(':') && value === '');
  const kind = operator.at(-1);
  if (kind === '+') return present ? expand(scope, rest) : '';
  if (present) return bounded(scope, value);
  if (kind === '-') return expand(scope, rest);
  notes.missing.push({ name, required: kind === '?' ? template.slice(rest.from, rest.to) : null });
  return value ?? '';
}

function bounded(scope: Scope, value: string): string {
  scope.length += value.length;
  if (scope.length <= MAX_LENGTH) return value;
  scope.notes.problem ??= 'its variables make more than 1 MiB of it; write $$ for a literal $';
  return '';
}

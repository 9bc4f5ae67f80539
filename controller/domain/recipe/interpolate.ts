/**
 * Variables in compose files, as docker's own template package fills them in (docker/cli, cli/compose/template): `$$`, `$NAME`,
 * `${NAME}`, and the operators `:-` `-` `:?` `?`. Pure; says what it met instead of throwing.
 */

export type Env = Readonly<Record<string, string>>;

export interface Interpolation {
  readonly text: string;
  /** Variables that are not set and have no default, in order of appearance. */
  readonly missing: readonly { readonly name: string; readonly required: string | null }[];
  /** Every variable whose value is asked for. */
  readonly names: readonly string[];
  /** Why docker would refuse the template, or null. */
  readonly problem: string | null;
  /** What docker makes of it that nobody ever means, a sentence each. */
  readonly odd: readonly string[];
}

/** Of a text's variables, only the last one that docker looks at decides whether it is refused. */
type Fault =
  | { readonly kind: 'invalid'; readonly words: string }
  | { readonly kind: 'required'; readonly name: string; readonly words: string };

/** As Go folds case: `ſ` and the Kelvin sign are letters here too. */
const NAME = /[_a-z][_a-z0-9]*/iuy;
const OPERATOR = /:?[-?]/y;
/** Docker looks for them in this order, each in the whole of what stands between the braces. */
const OPERATORS = [':-', '-', ':?', '?'] as const;
type Operator = (typeof OPERATORS)[number];
/** A value in full is a page; more is made by variables that hold one another. */
const MAX_LENGTH = 1024 * 1024;
const MAX_SHOWN = 200;

/** Reads each character a few times at most, so that its time grows with the template. */
export function interpolate(template: string, env: Env): Interpolation {
  if (!template.includes('$')) return { text: template, missing: [], names: [], problem: null, odd: [] };
  const scope: Scope = { template, env, missing: [], names: [], odd: [], fault: null, length: 0, close: 0 };
  const said: string[] = [];
  let at = 0;
  for (;;) {
    const dollar = template.indexOf('$', at);
    if (dollar < 0) break;
    said.push(template.slice(at, dollar));
    const { value, end } = variableAt(scope, dollar);
    said.push(value);
    at = end;
  }
  said.push(template.slice(at));
  return interpolation(scope, said.join(''));
}

interface Scope {
  readonly template: string;
  readonly env: Env;
  readonly missing: { name: string; required: string | null }[];
  readonly names: string[];
  readonly odd: string[];
  fault: Fault | null;
  /** Of all that was filled in so far. */
  length: number;
  /** The first `}` at or after the place that was looked at last; -1 where there is none. */
  close: number;
}

function interpolation({ fault, missing, names, odd, length }: Scope, text: string): Interpolation {
  const tooLong =
    length > MAX_LENGTH ? 'its variables make more than 1 MiB of it; write $$ for a literal $' : null;
  if (fault?.kind === 'required') missing.push({ name: fault.name, required: fault.words });
  const problem = tooLong ?? (fault?.kind === 'invalid' ? fault.words : null);
  return { text: tooLong === null ? text : '', missing, names, problem, odd };
}

interface Piece {
  readonly value: string;
  readonly end: number;
}

function variableAt(scope: Scope, dollar: number): Piece {
  const next = scope.template[dollar + 1];
  if (next === '$') return { value: '$', end: dollar + 2 };
  return next === '{' ? bracedAt(scope, dollar) : namedAt(scope, dollar);
}

function bracedAt(scope: Scope, dollar: number): Piece {
  const { template } = scope;
  const from = dollar + 2;
  const name = stickyMatch(NAME, template, from);
  const afterName = from + name.length;
  const close = closeAfter(scope, afterName);
  const isWhole = close === afterName || stickyMatch(OPERATOR, template, afterName) !== '';
  if (name === '' || close < 0 || !isWhole)
    return invalid(scope, dollar, stickyMatch(/:?\+/y, template, afterName));
  return { value: valueOf(scope, template.slice(from, close), true), end: close + 1 };
}

/** Without braces an operator counts as well, and what is behind it up to the next `}`. */
function namedAt(scope: Scope, dollar: number): Piece {
  const { template } = scope;
  const from = dollar + 1;
  const name = stickyMatch(NAME, template, from);
  if (name === '') return invalid(scope, dollar, '');
  const afterName = from + name.length;
  if (stickyMatch(OPERATOR, template, afterName) === '')
    return { value: valueOf(scope, name, false), end: afterName };
  const close = closeAfter(scope, afterName);
  const end = close < 0 ? template.length : close;
  return { value: valueOf(scope, template.slice(from, end), false), end };
}

function closeAfter(scope: Scope, at: number): number {
  if (scope.close >= 0 && scope.close < at) scope.close = scope.template.indexOf('}', at);
  return scope.close;
}

/** Docker drops the dollar, and forgets what was wrong when another variable follows. */
function invalid(scope: Scope, dollar: number, alternative: string): Piece {
  const shown = JSON.stringify(scope.template.slice(0, MAX_SHOWN));
  const words =
    alternative === ''
      ? `invalid interpolation in ${shown}: a literal $ is written $$`
      : `invalid interpolation in ${shown}: docker’s loader does not know the operator ${alternative}`;
  decide(scope, { kind: 'invalid', words });
  return { value: '', end: dollar + 1 };
}

function decide(scope: Scope, fault: Fault | null): void {
  const before = scope.fault;
  if (before !== null && fault === null)
    scope.odd.push(
      before.kind === 'invalid'
        ? 'a $ that begins no variable is dropped without a word, because a variable follows it: a literal $ is written $$'
        : `the variable ${before.name} is required, and docker forgets it, because another variable follows`,
    );
  scope.fault = fault;
}

function stickyMatch(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/** Of what stands between the braces, or of `NAME-…` without them. */
function valueOf(scope: Scope, inner: string, braced: boolean): string {
  const variable = variableOf(inner, braced);
  const { name, operator, rest } = variable;
  scope.odd.push(...oddities(variable));
  if (isName(name)) scope.names.push(name);
  const value = Object.hasOwn(scope.env, name) ? scope.env[name] : undefined;
  if (operator === undefined) return plainValue(scope, name, value);
  const isPresent = value !== undefined && (value !== '' || !operator.startsWith(':'));
  if (!isPresent && operator.endsWith('?')) {
    decide(scope, { kind: 'required', name, words: rest });
    return '';
  }
  decide(scope, null);
  return counted(scope, isPresent ? value : rest);
}

function plainValue(scope: Scope, name: string, value: string | undefined): string {
  decide(scope, null);
  if (value === undefined) scope.missing.push({ name, required: null });
  return counted(scope, value ?? '');
}

function variableOf(inner: string, braced: boolean): Variable {
  const operator = OPERATORS.find((sign) => inner.includes(sign));
  const cut = operator === undefined ? inner.length : inner.indexOf(operator);
  const rest = inner.slice(cut + (operator?.length ?? 0));
  return { inner, name: inner.slice(0, cut), operator, rest, braced };
}

function isName(text: string): boolean {
  return stickyMatch(NAME, text, 0).length === text.length;
}

interface Variable {
  readonly inner: string;
  readonly name: string;
  readonly operator: Operator | undefined;
  readonly rest: string;
  readonly braced: boolean;
}

function oddities({ inner, name, operator, rest, braced }: Variable): string[] {
  const shown = inner.slice(0, MAX_SHOWN);
  if (!braced && operator !== undefined)
    return [
      `docker takes all of "${shown}" for the variable ${name} with what it is without a value: put the name in braces, \${${name}}`,
    ];
  if (!isName(name))
    return [
      `docker looks for "${operator}" first, and so for a variable called "${name.slice(0, MAX_SHOWN)}": leave "${operator}" out of the text`,
    ];
  if (rest.includes('$'))
    return [
      `docker fills in no variable inside the text after "${operator}", and the first } ends it: "\${${shown}}"`,
    ];
  return [];
}

function counted(scope: Scope, value: string): string {
  scope.length += value.length;
  return scope.length <= MAX_LENGTH ? value : '';
}

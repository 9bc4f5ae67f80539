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

export function interpolate(template: string, env: Env): Interpolation {
  const notes: Notes = { missing: [], names: [], problem: null };
  const text = expand(template, env, notes);
  return { text, ...notes };
}

function expand(template: string, env: Env, notes: Notes): string {
  let said = '';
  let at = 0;
  for (;;) {
    const dollar = template.indexOf('$', at);
    if (dollar < 0) return said + template.slice(at);
    said += template.slice(at, dollar);
    const { value, end } = variableAt(template, dollar, { env, notes });
    said += value;
    at = end;
  }
}

interface Scope {
  readonly env: Env;
  readonly notes: Notes;
}

interface Piece {
  readonly value: string;
  readonly end: number;
}

function variableAt(template: string, dollar: number, scope: Scope): Piece {
  const next = template[dollar + 1];
  if (next === '$') return { value: '$', end: dollar + 2 };
  if (next === '{') return bracedAt(template, dollar, scope);
  const name = stickyMatch(NAME, template, dollar + 1);
  if (name === '') return invalid(template, dollar, scope);
  return { value: valueOf({ name, operator: '', rest: '' }, scope), end: dollar + 1 + name.length };
}

function bracedAt(template: string, dollar: number, scope: Scope): Piece {
  const close = closingBrace(template, dollar + 1);
  const name = stickyMatch(NAME, template, dollar + 2);
  const afterName = dollar + 2 + name.length;
  const operator = stickyMatch(OPERATOR, template, afterName);
  const afterOperator = afterName + operator.length;
  const wellFormed = name !== '' && close >= afterOperator && (operator !== '' || close === afterName);
  if (!wellFormed) return invalid(template, dollar, scope);
  return {
    value: valueOf({ name, operator, rest: template.slice(afterOperator, close) }, scope),
    end: close + 1,
  };
}

function invalid(template: string, dollar: number, scope: Scope): Piece {
  scope.notes.problem ??= `invalid interpolation in ${JSON.stringify(template)}: a literal $ is written $$`;
  return { value: '$', end: dollar + 1 };
}

function stickyMatch(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/** The brace that closes the one at `open`, counting those of variables in between; -1 if none does. */
function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === '{' && text[at - 1] === '$') depth += 1;
    if (text[at] === '}') depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

interface Variable {
  readonly name: string;
  readonly operator: string;
  readonly rest: string;
}

function valueOf({ name, operator, rest }: Variable, { env, notes }: Scope): string {
  notes.names.push(name);
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  const present = value !== undefined && !(operator.startsWith(':') && value === '');
  const kind = operator.at(-1);
  if (kind === '+') return present ? expand(rest, env, notes) : '';
  if (present) return value;
  if (kind === '-') return expand(rest, env, notes);
  notes.missing.push({ name, required: kind === '?' ? rest : null });
  return value ?? '';
}

/** Traefik's rule language, of its versions 2 and 3: who a rule answers for. Pure; what it cannot read, it says. */

export type RuleNode =
  | { readonly is: 'and' | 'or'; readonly parts: readonly RuleNode[] }
  | { readonly is: 'not'; readonly part: RuleNode }
  | { readonly is: 'matcher'; readonly name: string; readonly values: readonly string[] };

export type RuleRead =
  | { readonly ok: true; readonly rule: RuleNode }
  | { readonly ok: false; readonly problem: string };

/** A router's rule is one line; more is an attack on whoever reads it. */
const MAX_LENGTH = 8192;
const MAX_DEPTH = 32;

type Token = { readonly kind: 'name' | 'text' | 'sign'; readonly text: string };

class Unreadable extends Error {}

const TOKEN = /\s*(?:(&&|\|\||[!(),])|([A-Za-z][A-Za-z0-9]*)|`([^`]*)`|"((?:[^"\\\n]|\\["\\])*)")\s*/y;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new Unreadable(`it cannot be read from its character ${at + 1} on`);
    const [, sign, name, raw, quoted] = match;
    if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else tokens.push({ kind: 'text', text: raw ?? (quoted ?? '').replaceAll(/\\(["\\])/g, '$1') });
  }
  return tokens;
}

interface Reader {
  readonly tokens: readonly Token[];
  at: number;
  depth: number;
}

function takes(reader: Reader, sign: string): boolean {
  const token = reader.tokens[reader.at];
  if (token?.kind !== 'sign' || token.text !== sign) return false;
  reader.at += 1;
  return true;
}

function needs(reader: Reader, sign: string): void {
  if (!takes(reader, sign)) throw new Unreadable(`"${sign}" is missing`);
}

/** `||` binds least, then `&&`, then `!`. */
function chain(reader: Reader, is: 'or' | 'and'): RuleNode {
  const next = (): RuleNode => (is === 'or' ? chain(reader, 'and') : factor(reader));
  const parts = [next()];
  while (takes(reader, is === 'or' ? '||' : '&&')) parts.push(next());
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { is, parts };
}

function factor(reader: Reader): RuleNode {
  reader.depth += 1;
  if (reader.depth > MAX_DEPTH) throw new Unreadable('it is nested too deeply');
  const node = takes(reader, '!')
    ? { is: 'not' as const, part: factor(reader) }
    : takes(reader, '(')
      ? inner(reader)
      : matcher(reader);
  reader.depth -= 1;
  return node;
}

function inner(reader: Reader): RuleNode {
  const node = chain(reader, 'or');
  needs(reader, ')');
  return node;
}

function matcher(reader: Reader): RuleNode {
  const token = reader.tokens[reader.at];
  if (token?.kind !== 'name') throw new Unreadable('a matcher such as Host(`…`) is missing');
  reader.at += 1;
  needs(reader, '(');
  const values: string[] = [];
  while (!takes(reader, ')')) {
    if (values.length > 0) needs(reader, ',');
    const value = reader.tokens[reader.at];
    if (value?.kind !== 'text') throw new Unreadable(`${token.text}() wants texts in backticks`);
    values.push(value.text);
    reader.at += 1;
  }
  return { is: 'matcher', name: token.text, values };
}

export function readRule(text: string): RuleRead {
  if (text.length > MAX_LENGTH) return { ok: false, problem: `it has more than ${MAX_LENGTH} characters` };
  try {
    const reader: Reader = { tokens: tokensOf(text), at: 0, depth: 0 };
    const rule = chain(reader, 'or');
    if (reader.at < reader.tokens.length) throw new Unreadable('something stands after its end');
    return { ok: true, rule };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { ok: false, problem: error.message };
  }
}

/**
 * Whether every way to match the rule asks for a host that `own` knows: of alternatives each, of conditions one.
 * A negation asks for nothing; neither does a regular expression, which nobody can judge by looking.
 */
export function asksOnlyFor(rule: RuleNode, own: (host: string) => boolean): boolean {
  switch (rule.is) {
    case 'or':
      return rule.parts.every((part) => asksOnlyFor(part, own));
    case 'and':
      return rule.parts.some((part) => asksOnlyFor(part, own));
    case 'not':
      return false;
    case 'matcher':
      return /^host(?:sni|header)?$/i.test(rule.name) && rule.values.length > 0 && rule.values.every(own);
    default:
      return rule satisfies never;
  }
}

/** Env files, in abra’s own dialect: their lines, values and modifiers, and how a value is set in one. Pure; reads in time that grows with the text. */

export type Env = Record<string, string>;
export type Modifiers = Record<string, Env>;

/** One active `KEY=value # comment` of an env file. */
export type EnvLine = { key: string; value: string; comment: string };

/** More than a value can need; lines that refer to one another would double it each time. */
export const MAX_VALUE = 8 * 1024;

/** `seen` is what the file set so far: values may refer to earlier keys (`"$COMPOSE_FILE:x.yml"`). */
function expand(value: string, seen: ReadonlyMap<string, string>): string {
  let length = 0;
  const expanded = value.replace(
    /(\\)?\$(\()?\{?([A-Z0-9_]+)?\}?/g,
    (whole: string, ...groups: unknown[]) => {
      const [escaped, paren, name] = groups as (string | undefined)[];
      if (escaped !== undefined || paren !== undefined) return whole.slice(1);
      if (name === undefined) return whole;
      const earlier = seen.get(name) ?? '';
      const room = Math.max(0, MAX_VALUE - length);
      length += earlier.length;
      return earlier.slice(0, room);
    },
  );
  return expanded.slice(0, MAX_VALUE);
}

function unescape(value: string): string {
  return value.replace(/\\([nrt"\\])/g, (_whole, code: string) => {
    const plain: Env = { n: '\n', r: '\r', t: '\t' };
    return plain[code] ?? code;
  });
}

/** Splits what follows `KEY=` into the raw value and the trailing comment. */
function splitValue(rest: string, seen: ReadonlyMap<string, string>): { value: string; comment: string } {
  const quoted = /^"((?:\\.|[^"\\])*)"\s*(?:#(.*))?$/s.exec(rest);
  if (quoted) return { value: unescape(expand(quoted[1] ?? '', seen)), comment: quoted[2] ?? '' };
  const single = /^'([^']*)'\s*(?:#(.*))?$/s.exec(rest);
  if (single) return { value: single[1] ?? '', comment: single[2] ?? '' };
  const hash = /(?:^|\s)#/.exec(rest);
  const plain = hash ? rest.slice(0, hash.index) : rest;
  const comment = hash ? rest.slice(hash.index).replace(/^\s*#/, '') : '';
  return { value: expand(plain.trim(), seen), comment };
}

const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=[ \t]*(.*)$/s;

/** Where a double-quoted value ends that begins at `open`; -1 if it never does. */
function closingQuote(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return -1;
}

/**
 * The lines of an env file, those of a double-quoted value that spans several joined.
 * A quote that never closes belongs to its own line; the lines after it must not be swallowed.
 */
export function logicalLines(text: string): string[] {
  const plain = text.replaceAll('\r\n', '\n');
  const lines: string[] = [];
  let unclosed = false;
  for (let from = 0; from <= plain.length;) {
    const end: number = endOfLine(plain, from);
    const value: number = unclosed ? -1 : quoteAt(plain.slice(from, end));
    const close: number = value < 0 ? from : closingQuote(plain, from + value);
    // Whoever looked once up to the end of the file need not look again.
    unclosed ||= close < 0;
    const last: number = close < end ? end : endOfLine(plain, close);
    lines.push(plain.slice(from, last));
    from = last + 1;
  }
  return lines;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** Where in a line the quote stands with which its value begins; -1 where it begins with none. */
function quoteAt(line: string): number {
  const value = ASSIGNMENT.exec(line)?.[2] ?? '';
  return value.startsWith('"') ? line.length - value.length : -1;
}

/** The active lines of an env file, in order, with earlier keys expanded in later values. */
export function parseEnvLines(text: string): EnvLine[] {
  const seen = new Map<string, string>();
  const lines: EnvLine[] = [];
  for (const line of logicalLines(text)) {
    const match = ASSIGNMENT.exec(line);
    if (!match?.[1]) continue;
    const { value, comment } = splitValue((match[2] ?? '').trim(), seen);
    seen.set(match[1], value);
    lines.push({ key: match[1], value, comment: comment.trim() });
  }
  return lines;
}

/** `length=128 charset=hex` of a trailing comment. */
export function modifiersOf(comment: string): Env {
  return Object.fromEntries(
    [...comment.matchAll(/([A-Za-z_]+)=(\S+)/g)].map((m) => [m[1] ?? '', m[2] ?? '']),
  );
}

/** Values and comment modifiers; a key that appears twice keeps its last line, as the shell would. */
export function parseEnv(text: string): { env: Env; modifiers: Modifiers } {
  const lines = parseEnvLines(text);
  return {
    env: Object.fromEntries(lines.map(({ key, value }) => [key, value])),
    modifiers: Object.fromEntries(lines.map(({ key, comment }) => [key, modifiersOf(comment)])),
  };
}

/** Sets the first active line of `key`, keeping its comment and every other line; appends when there is none. */
export function setEnvValue(text: string, key: string, value: string): string {
  const lines = logicalLines(text);
  const at = lines.findIndex((line) => ASSIGNMENT.exec(line)?.[1] === key);
  return withLine(lines, at, { key, value });
}

/** A line that is not there yet comes last. */
function withLine(
  lines: readonly string[],
  at: number,
  { key, value }: { readonly key: string; readonly value: string },
): string {
  const text = lines.join('\n');
  const old = lines[at];
  if (at < 0 || old === undefined) return `${text.replace(/\n?$/, '\n')}${key}=${value}\n`;
  const rest = ASSIGNMENT.exec(old)?.[2] ?? '';
  const { comment } = splitValue(rest.trim(), new Map());
  const kept = comment === '' ? '' : ` # ${comment.trim()}`;
  const head = /^[ \t]*(?:export[ \t]+)?/.exec(old)?.[0] ?? '';
  return lines.with(at, `${head}${key}=${value}${kept}`).join('\n');
}

/** `export X=v1` lines of an abra.sh, literal values only: the script itself is never run. */
export function parseAbraSh(text: string): Env {
  const env = new Map<string, string>();
  for (const line of text.replaceAll('\r\n', '\n').split('\n')) {
    const match =
      /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(?:"([^"$`\\]*)"|'([^']*)'|([^\s"'$`\\;&|()<>]*))\s*(?:#.*)?$/.exec(
        line,
      );
    if (match?.[1]) env.set(match[1], match[2] ?? match[3] ?? match[4] ?? '');
  }
  return Object.fromEntries(env);
}

/**
 * Sets values so that they win: on the last active line of each key, where a later one would override it
 * (`COMPOSE_FILE` appends to itself), keeping its comment with the secret's modifiers.
 */
export function withEnvValues(text: string, values: Readonly<Env>): string {
  return Object.entries(values).reduce((made, [key, value]) => withEnvValue(made, key, value), text);
}

function withEnvValue(text: string, key: string, value: string): string {
  const lines = logicalLines(text);
  const at = lines.findLastIndex((line) => ASSIGNMENT.exec(line)?.[1] === key);
  const quoted = /[\s#"'$\\]/.test(value)
    ? `"${value.replace(/(["\\$])/g, '\\$1').replaceAll('\n', '\\n')}"`
    : value;
  return withLine(lines, at, { key, value: quoted });
}

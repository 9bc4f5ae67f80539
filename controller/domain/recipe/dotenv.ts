export type Env = Record<string, string>;
export type Modifiers = Record<string, Env>;

/** One active `KEY=value # comment` of an env file. */
export type EnvLine = { key: string; value: string; comment: string };

/** `seen` is what the file set so far: values may refer to earlier keys (`"$COMPOSE_FILE:x.yml"`). */
function expand(value: string, seen: Env): string {
  return value.replace(/(\\)?\$(\()?\{?([A-Z0-9_]+)?\}?/g, (whole: string, ...groups: unknown[]) => {
    const [escaped, paren, name] = groups as (string | undefined)[];
    if (escaped !== undefined || paren !== undefined) return whole.slice(1);
    return name === undefined ? whole : (seen[name] ?? '');
  });
}

function unescape(value: string): string {
  return value.replace(/\\([nrt"\\])/g, (_whole, code: string) => {
    const plain: Env = { n: '\n', r: '\r', t: '\t' };
    return plain[code] ?? code;
  });
}

/** Splits what follows `KEY=` into the raw value and the trailing comment. */
function splitValue(rest: string, seen: Env): { value: string; comment: string } {
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

/** Joins the lines of a double-quoted value that spans several. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let open: string | undefined;
  for (const line of text.replaceAll('\r\n', '\n').split('\n')) {
    const current: string = open === undefined ? line : `${open}\n${line}`;
    const value = ASSIGNMENT.exec(current)?.[2] ?? '';
    const unfinished = /^"(?:\\.|[^"\\])*$/s.test(value);
    open = unfinished ? current : undefined;
    if (!unfinished) lines.push(current);
  }
  // A quote that never closes belongs to its own line; the lines after it must not be swallowed.
  return open === undefined ? lines : [...lines, ...open.split('\n')];
}

/** The active lines of an env file, in order, with earlier keys expanded in later values. */
export function parseEnvLines(text: string): EnvLine[] {
  const seen: Env = {};
  const lines: EnvLine[] = [];
  for (const line of logicalLines(text)) {
    const match = ASSIGNMENT.exec(line);
    if (!match?.[1]) continue;
    const { value, comment } = splitValue((match[2] ?? '').trim(), seen);
    seen[match[1]] = value;
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
  const env: Env = {};
  const modifiers: Modifiers = {};
  for (const line of parseEnvLines(text)) {
    env[line.key] = line.value;
    modifiers[line.key] = modifiersOf(line.comment);
  }
  return { env, modifiers };
}

/** Sets the first active line of `key`, keeping its comment and every other line; appends when there is none. */
export function setEnvValue(text: string, key: string, value: string): string {
  const line = new RegExp(`^([ \\t]*(?:export[ \\t]+)?${key}[ \\t]*=)([^\\n#]*?)([ \\t]+#[^\\n]*)?$`, 'm');
  const match = line.exec(text);
  if (!match) return `${text.replace(/\n?$/, '\n')}${key}=${value}\n`;
  const [whole, head = '', , comment = ''] = match;
  return text.slice(0, match.index) + head + value + comment + text.slice(match.index + whole.length);
}

/** `export X=v1` lines of an abra.sh, literal values only: the script itself is never run. */
export function parseAbraSh(text: string): Env {
  const env: Env = {};
  for (const line of text.replaceAll('\r\n', '\n').split('\n')) {
    const match =
      /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(?:"([^"$`\\]*)"|'([^']*)'|([^\s"'$`\\;&|()<>]*))\s*(?:#.*)?$/.exec(
        line,
      );
    if (match?.[1]) env[match[1]] = match[2] ?? match[3] ?? match[4] ?? '';
  }
  return env;
}

/**
 * Sets values so that they win: on the last active line of each key, where a later one would override it
 * (`COMPOSE_FILE` appends to itself), keeping its comment with the secret's modifiers.
 */
export function withEnvValues(text: string, values: Readonly<Env>): string {
  return Object.entries(values).reduce((made, [key, value]) => withEnvValue(made, key, value), text);
}

function withEnvValue(text: string, key: string, value: string): string {
  const lines = text.split('\n');
  const at = lines.findLastIndex((line) => ASSIGNMENT.exec(line)?.[1] === key);
  const quoted = /[\s#"'$\\]/.test(value)
    ? `"${value.replace(/(["\\$])/g, '\\$1').replaceAll('\n', '\\n')}"`
    : value;
  if (at < 0) return `${text.replace(/\n?$/, '\n')}${key}=${quoted}\n`;
  const rest = ASSIGNMENT.exec(lines[at] ?? '')?.[2] ?? '';
  const { comment } = splitValue(rest.trim(), {});
  lines[at] = `${key}=${quoted}${comment === '' ? '' : ` # ${comment.trim()}`}`;
  return lines.join('\n');
}

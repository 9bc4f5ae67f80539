/** Short forms that are a grammar of their own: volumes, ports, command lines; as docker's loader reads them. Pure. */
import { isTree, textOf } from './compose-parse.ts';
import { portsOfSpec } from './compose-ports.ts';

/** A part that has no meaning; docker would refuse the file. */
export class MalformedCompose extends Error {
  override readonly name = 'MalformedCompose';
  /** Where in the file it stands, once that is known. */
  readonly path: readonly (string | number)[];

  constructor(message: string, path: readonly (string | number)[] = []) {
    super(message);
    this.path = path;
  }
}

const PROPAGATIONS = new Set(['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave']);
/** A letter and a colon are a drive of Windows, which is no end of a part. */
const PART = /(?:^|:)(\p{L}:[^:]*|[^:]*)/guy;

/** `source:target:options`; a source that looks like a path is one of the host. */
export function volumeOf(value: unknown): unknown {
  if (isTree(value)) return value;
  const spec = textOf(value);
  const { length } = Buffer.from(spec);
  const parts = length > 0 && length < 3 ? [spec] : [...spec.matchAll(PART)].map(([, part = '']) => part);
  if (parts.length > 3 || parts.includes(''))
    throw new MalformedCompose(`the volume "${spec}" is not source:target:options`);
  const [first = '', target, options = ''] = parts;
  if (target === undefined) return { type: 'volume', target: first };
  return {
    type: isPath(first) ? 'bind' : 'volume',
    source: first,
    target,
    ...volumeOptions(options.split(',')),
  };
}

function isPath(source: string): boolean {
  return /^(?:[./~]|\\\\|\p{L}:)/u.test(source);
}

/** Of options that contradict each other, the last one counts. */
function volumeOptions(words: readonly string[]): object {
  const propagation = words.findLast((word) => PROPAGATIONS.has(word));
  return {
    ...(words.findLast((word) => word === 'ro' || word === 'rw') === 'ro' ? { read_only: true } : {}),
    ...(words.includes('nocopy') ? { volume: { nocopy: true } } : {}),
    ...(propagation === undefined ? {} : { bind: { propagation } }),
  };
}

export function portsOf(value: unknown): unknown[] {
  if (isTree(value)) return [value];
  const spec = textOf(value);
  const ports = portsOfSpec(spec);
  if (ports === null) throw new MalformedCompose(`the port "${spec}" is not published:target`);
  if (ports === 'too many')
    throw new MalformedCompose(`the port "${spec}" has ranges of more than 1024 ports`);
  return [...ports];
}

/** White space or a comment, or a word with its quotes. */
const TOKEN = /[ \t\r\n]+|#[^\n]*|((?:"(?:\\[^]|[^"\\])*"|'[^']*'|\\[^]|[^ \t\r\n"'\\])+)/gy;
const QUOTED = /"(?:\\[^]|[^"\\])*"|'[^']*'|\\[^]/g;

function unquoted(part: string): string {
  if (part.startsWith('"')) return part.slice(1, -1).replace(/\\([^])/g, '$1');
  return part.startsWith("'") ? part.slice(1, -1) : part.slice(1);
}

/** A command line in words, as google/shlex splits it. */
export function wordsOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  const text = textOf(value);
  const tokens = [...text.matchAll(TOKEN)];
  if (tokens.map(([token]) => token).join('') !== text)
    throw new MalformedCompose(`the command "${text}" has a quote that does not close`);
  return tokens.flatMap(([, word]) => (word === undefined ? [] : [word.replace(QUOTED, unquoted)]));
}

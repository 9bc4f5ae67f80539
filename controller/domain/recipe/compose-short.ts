/** Short forms that are a grammar of their own: volumes, ports, command lines; as docker's loader reads them. Pure. */
import { isTree, textOf } from './compose-parse.ts';

/** A part that has no meaning; docker would refuse the file. */
export class MalformedCompose extends Error {
  override readonly name = 'MalformedCompose';
}

const PROPAGATIONS = new Set(['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave']);

/** `source:target:options`; a source that looks like a path is one of the host. */
export function volumeOf(value: unknown): unknown {
  if (isTree(value)) return value;
  const spec = textOf(value);
  const parts = spec.split(':');
  if (parts.length > 3 || parts.includes(''))
    throw new MalformedCompose(`the volume "${spec}" is not source:target:options`);
  const [first = '', target, options = ''] = parts;
  if (target === undefined) return { type: 'volume', target: first };
  const type = /^[./~\\]/.test(first) ? 'bind' : 'volume';
  return { type, source: first, target, ...volumeOptions(options.split(',')) };
}

function volumeOptions(words: readonly string[]): object {
  const propagation = words.find((word) => PROPAGATIONS.has(word));
  return {
    ...(words.includes('ro') ? { read_only: true } : {}),
    ...(words.includes('nocopy') ? { volume: { nocopy: true } } : {}),
    ...(propagation === undefined ? {} : { bind: { propagation } }),
  };
}

/** `[address:][published:]target[/protocol]`, the ports perhaps as ranges. */
const PORT =
  /^(?:(?:\d+(?:\.\d+){3}|\[[\da-f:.]+\]):)?(?:(?<outer>\d{1,5}(?:-\d{1,5})?):)?(?<inner>\d{1,5}(?:-\d{1,5})?)(?:\/(?<protocol>tcp|udp|sctp))?$/i;
/** Ranges of so many ports are a service's; more are an attack on whoever lists them. */
const MOST_PORTS = 1024;

interface Range {
  readonly first: number;
  readonly count: number;
}

function rangeOf(text: string): Range {
  const [first = 0, last = first] = text.split('-').map(Number);
  return { first, count: last > 65_535 ? 0 : last - first + 1 };
}

function fits(target: Range, published: Range): boolean {
  return target.count > 0 && target.count <= MOST_PORTS && published.count === target.count;
}

export function portsOf(value: unknown): unknown[] {
  if (isTree(value)) return [value];
  const spec = textOf(value);
  const { outer, inner, protocol = 'tcp' } = PORT.exec(spec)?.groups ?? {};
  if (inner === undefined) throw new MalformedCompose(`the port "${spec}" is not published:target`);
  const target = rangeOf(inner);
  const published = outer === undefined ? null : rangeOf(outer);
  if (!fits(target, published ?? target))
    throw new MalformedCompose(`the port "${spec}" has ranges that do not fit each other`);
  return Array.from({ length: target.count }, (_none, index) => ({
    mode: 'ingress',
    target: target.first + index,
    ...(published === null ? {} : { published: published.first + index }),
    protocol: protocol.toLowerCase(),
  }));
}

/** White space or a comment, or a word with its quotes. */
const TOKEN = /\s+|#[^\n]*|((?:"(?:\\[^]|[^"\\])*"|'[^']*'|\\[^]|[^\s"'\\])+)/gy;
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

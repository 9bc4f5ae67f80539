/** Ports in their short form, as docker reads them (docker/go-connections, nat.ParsePortSpec). Pure. */
import { isIP } from 'node:net';

/** Ranges of so many ports are a service's; more are an attack on whoever lists them. */
const MOST_PORTS = 1024;
const LAST_PORT = 65_535;

export interface Port {
  readonly mode: 'ingress';
  readonly target: number;
  readonly published?: number;
  readonly protocol: string;
}

interface Range {
  readonly first: number;
  readonly last: number;
}

interface Spec {
  readonly target: Range;
  readonly published: Range | null;
  readonly protocol: string;
}

export const isPorts = (text: string): boolean => specOf(text) !== null;

function specOf(text: string): Spec | null {
  const parts = text.split(':');
  const inner = parts.at(-1) ?? '';
  const [port = '', said = ''] = inner.split(/\/(.*)/s);
  const protocol = said === '' ? 'tcp' : said.toLowerCase();
  if (!/^(?:tcp|udp|sctp)$/.test(protocol) || !isAddress(parts.slice(0, -2).join(':'))) return null;
  const ranges = rangesOf(port, parts.at(-2) ?? '');
  return ranges === null ? null : { ...ranges, protocol };
}

function rangesOf(inner: string, outer: string): Pick<Spec, 'target' | 'published'> | null {
  const target = rangeOf(inner);
  if (target === null) return null;
  if (outer === '') return { target, published: null };
  const published = rangeOf(outer);
  return published !== null && fits(target, published) ? { target, published } : null;
}

const size = ({ first, last }: Range): number => last - first + 1;

/** Several published ports may lead to one. */
function fits(target: Range, published: Range): boolean {
  return size(target) === 1 || size(target) === size(published);
}

function rangeOf(text: string): Range | null {
  const [, from = '', to = from] = /^\+?(\d+)(?:-\+?(\d+))?$/.exec(text) ?? [];
  if (from === '') return null;
  const [first, last] = [Number(from), Number(to)];
  return first <= last && last <= LAST_PORT ? { first, last } : null;
}

function isAddress(text: string): boolean {
  const [, inner = text] = /^\[(.*)\]$/.exec(text) ?? [];
  return text === '' || (isIP(inner) !== 0 && !inner.includes('%'));
}

/** Each of them, in docker's order; null where the text is none, a word where there are too many. */
export function portsOfSpec(text: string): readonly Port[] | 'too many' | null {
  const spec = specOf(text);
  if (spec === null) return null;
  const { target, published, protocol } = spec;
  if (size(target) > MOST_PORTS || (published !== null && size(published) > MOST_PORTS)) return 'too many';
  const pairs = pairsOf(target, published);
  return pairs
    .map(([inner, outer]) => ({
      mode: 'ingress' as const,
      target: inner,
      ...(outer === null ? {} : { published: outer }),
      protocol,
    }))
    .sort((a, b) => compareText(`${a.target}`, `${b.target}`));
}

/** Docker sorts by the text of the target, and no number stands for "any". */
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function pairsOf(target: Range, published: Range | null): [number, number | null][] {
  const most = size(target) === 1 && published !== null ? published : target;
  return Array.from({ length: size(most) }, (_none, index) => [
    size(target) === 1 ? target.first : target.first + index,
    published === null ? null : published.first + index,
  ]);
}

/** The formats of docker's schemas that docker checks: durations as Go writes them, and ports. Pure. */
import { isPorts } from './compose-ports.ts';

/** What is wrong with the value; null where nothing is. */
export function formatFault(format: string, value: unknown): string | null {
  if (format === 'duration')
    return typeof value !== 'string' || isDuration(value) ? null : 'must be a duration such as 30s';
  if (format === 'ports')
    return isPorts(String(value)) ? null : 'is not published:target, each a port or a range of ports';
  return null;
}

const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy;
/** Go counts nanoseconds in 63 bits. */
const MOST = 2 ** 63;

/** As Go's time.ParseDuration reads it. */
function isDuration(text: string): boolean {
  const unsigned = text.replace(/^[-+]/, '');
  if (unsigned === '0') return true;
  const parts = [...unsigned.matchAll(PART)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== unsigned) return false;
  const total = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (NANOSECONDS[unit ?? ''] ?? 0),
    0,
  );
  return total < MOST;
}

/** Sizes and processors as compose files say them. Pure. */

const UNITS = ['', 'k', 'm', 'g', 't', 'p'];

/** `64M`, `1.5 GiB`, 1024: bytes; null where it is no size (docker/go-units, RAMInBytes). */
export function bytesOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? Math.floor(value) : null;
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?$/i.exec(typeof value === 'string' ? value : '');
  if (match === null) return null;
  const [, amount, unit = ''] = match;
  return Math.floor(Number(amount) * 1024 ** UNITS.indexOf(unit.toLowerCase()));
}

/** `0.5` processors are 500000000; null where it is no number. */
export function nanoCpusOf(value: unknown): number | null {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '';
  return /^\d*\.?\d+$/.test(text) ? Math.round(Number(text) * 1e9) : null;
}

const NANOSECONDS: Readonly<Record<string, number>> = {
  h: 3600e9,
  m: 60e9,
  s: 1e9,
  ms: 1e6,
  us: 1e3,
  µs: 1e3,
  ns: 1,
};

/** `1m30s` in nanoseconds; null where it is no duration (Go, time.ParseDuration). */
export function nanosecondsOf(value: unknown): number | null {
  const text = typeof value === 'string' ? value : String(value);
  if (text === '0') return 0;
  if (text.length > 50 || !/^(?:\d+(?:\.\d+)?(?:h|ms|m|us|µs|ns|s))+$/.test(text)) return null;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|us|µs|ns|s)/g)];
  return Math.round(
    parts.reduce((sum, [, count, unit]) => sum + Number(count) * (NANOSECONDS[unit ?? ''] ?? 0), 0),
  );
}

/** `2 GiB`, `1.5 MiB`: in the largest unit that it fills. */
export function sizeText(bytes: number): string {
  const names = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(names.length - 1, bytes < 1024 ? 0 : Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1024 ** step).toFixed(1))} ${names[step]}`;
}

/** What a plain scalar of YAML is to docker's parser (go.yaml.in/yaml/v3, resolve.go), and how docker writes it where it wants a text. Pure. */

/** A date or a time of day: no field takes one. */
export class YamlTime {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A whole number is a bigint, any other a number: docker writes them in different ways. */
export type Plain = string | boolean | null | bigint | number | YamlTime;

const WORDS: ReadonlyMap<string, Plain> = new Map<string, Plain>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, Number.NaN] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word) => [word, Infinity] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, -Infinity] as const),
]);

const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;

export function plainScalar(text: string): Plain {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (text.startsWith('.')) return floatOf(text) ?? text;
  if (!/^[-+\d]/.test(text)) return text;
  if (isTime(text)) return new YamlTime(text);
  const plain = text.replaceAll('_', '');
  return wholeOf(plain) ?? floatOf(plain) ?? oddWholeOf(plain) ?? text;
}

/** What is larger than any float stays a text. */
function floatOf(text: string): number | undefined {
  const value = FLOAT.test(text) ? Number(text) : Infinity;
  return Number.isFinite(value) ? value : undefined;
}

const LEAST = -(2n ** 63n);
const MOST_SIGNED = 2n ** 63n - 1n;
const MOST = 2n ** 64n - 1n;

/** A leading zero alone means octal. */
function wholeOf(plain: string): bigint | undefined {
  const match = /^(?<sign>[-+]?)(?<digits>0x[\da-f]+|0o?[0-7]+|0b[01]+|0|[1-9]\d*)$/i.exec(plain);
  const { sign = '', digits } = match?.groups ?? {};
  if (digits === undefined) return undefined;
  const value = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits.toLowerCase());
  if (sign === '-') return -value >= LEAST ? -value : undefined;
  return value <= (sign === '+' ? MOST_SIGNED : MOST) ? value : undefined;
}

/** Go's parser takes a sign behind the prefix as well: `0b-11`. */
function oddWholeOf(plain: string): bigint | undefined {
  const match = /^(?:0b(?<sign>[-+])(?<two>[01]+)|0o(?<sign>[-+])(?<eight>[0-7]+))$/.exec(plain);
  const { sign, two, eight } = match?.groups ?? {};
  if (sign === undefined) return undefined;
  const value = BigInt(two === undefined ? `0o${eight}` : `0b${two}`);
  if (value > (sign === '-' ? -LEAST : MOST_SIGNED)) return undefined;
  return sign === '-' ? -value : value;
}

const DAY = /^(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})(?<rest>[Tt ].*)?$/;
function isTime(text: string): boolean {
  const { year, month, day, rest } = DAY.exec(text)?.groups ?? {};
  if (year === undefined) return false;
  const last = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate();
  const isDay = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= last;
  return isDay && (rest === undefined || isClock(rest));
}

const CLOCK = /^[Tt ](?:[01]?\d|2[0-3]):[0-5]?\d:[0-5]?\d(?:[.,]\d+)?(?<zone>.*)$/;
const ZONE = /^(?:Z|[-+](?:[01]\d|2[0-4]):[0-5]\d)$/;

function isClock(text: string): boolean {
  const { zone } = CLOCK.exec(text)?.groups ?? {};
  if (zone === undefined) return false;
  return text.startsWith(' ') ? zone === '' : ZONE.test(zone);
}

/** As Go prints a number into a text: `1e+06` for 1000000.0. */
export function writtenOut(value: bigint | number): string {
  if (typeof value === 'bigint') return String(value);
  if (Object.is(value, -0)) return '-0';
  if (!Number.isFinite(value)) return String(value);
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  const sign = exponent < 0 ? '-' : '+';
  if (exponent < -4 || exponent >= LEAST_EXPONENT)
    return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  return String(value);
}

/** From here on Go writes an exponent. */
const LEAST_EXPONENT = 6;

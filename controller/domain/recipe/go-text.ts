/** Values of a compose file as the text that docker makes of them. Pure. */
import { textOf } from './compose-parse.ts';

/** A whole number beyond it is one with a fraction to Go. */
const MAX_UINT64 = 2 ** 64;

/** `1.0000005e+06` for 1000000.5: Go writes such numbers otherwise than JavaScript does (strconv, FormatFloat 'g'). */
export function goText(value: unknown): string {
  if (typeof value !== 'number') return textOf(value);
  if (Number.isInteger(value) && Math.abs(value) < MAX_UINT64) return BigInt(value).toString();
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

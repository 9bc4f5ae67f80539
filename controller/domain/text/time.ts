/** Times as people read them. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function parts(
  ms: number,
  big: { unit: number; name: string },
  small: { unit: number; name: string },
): string {
  const head = Math.floor(ms / big.unit);
  const tail = Math.floor((ms % big.unit) / small.unit);
  return tail === 0 ? `${head}${big.name}` : `${head}${big.name}${tail}${small.name}`;
}

const S = { unit: SECOND, name: 's' };
const M = { unit: MINUTE, name: 'm' };
const H = { unit: HOUR, name: 'h' };
const D = { unit: DAY, name: 'd' };

/** The age of a thing, coarser the older it is, as kubectl does it. */
export function ageOf(ms: number): string {
  const past = Math.max(0, ms);
  if (past < 2 * MINUTE) return `${Math.floor(past / SECOND)}s`;
  if (past < 10 * MINUTE) return parts(past, M, S);
  if (past < 3 * HOUR) return `${Math.floor(past / MINUTE)}m`;
  if (past < 8 * HOUR) return parts(past, H, M);
  if (past < 2 * DAY) return `${Math.floor(past / HOUR)}h`;
  if (past < 8 * DAY) return parts(past, D, H);
  return `${Math.floor(past / DAY)}d`;
}

/** A duration to the second: `7m12s`, `1h2m3s`. */
export function spanOf(ms: number): string {
  const total = Math.max(0, Math.round(ms / SECOND));
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor((total % 3600) / 60), total % 60];
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}

/** `3m ago (2026-11-23 14:02:11 UTC)`. */
export function agoText(instant: string, now: Date): string {
  const at = new Date(instant);
  return `${ageOf(now.getTime() - at.getTime())} ago (${utcOf(at)})`;
}

export function utcOf(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

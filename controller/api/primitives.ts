/** Small shapes that every document shares. */
import { z } from 'zod';

export const API_VERSION = 'ccci.coopcloud.tech/v1';

/** Where a run is tested that names no server. */
export const DEFAULT_SERVER = 'default';

/** RFC 1123 label, as Kubernetes names its objects; the file is `<name>.yaml`. */
export const NAME_PATTERN = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/;

export const ObjectName = z
  .string()
  .regex(
    NAME_PATTERN,
    'must be 1 to 63 lower-case letters, digits, "-" or ".", starting and ending with a letter or digit',
  );

/** A recipe's name is also its folder, its app's first domain label and part of every swarm name. */
export const RecipeName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$/,
    'must be 1 to 50 lower-case letters, digits or "-", starting and ending with a letter or digit',
  );

/** Units in milliseconds. */
const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const DURATION = /^(?:\d+(?:ms|s|m|h))+$/;

/** `"1h30m"` to milliseconds; the text must match DURATION. */
export function durationMs(text: string): number {
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|s|m|h)/g)) {
    total += Number(amount) * UNITS[unit as keyof typeof UNITS];
  }
  return total;
}

/** A length of time as people write it: `45m`, `90s`, `1h30m`. At most a week, so that a typo cannot hold a slot for ever. */
export const Duration = z
  .string()
  .regex(DURATION, 'must be a duration such as "45m", "90s" or "1h30m"')
  .refine((text) => durationMs(text) <= 7 * 24 * UNITS.h, 'must be at most 168h');

/** A moment of one boot of the machine: what nobody sets, and what all its processes share. */
export const Steady = z.object({ boot: z.string(), ms: z.number() });
export type Steady = z.infer<typeof Steady>;

/** An instant, ISO 8601 in UTC. */
export const Instant = z.iso.datetime();

/** Key and value labels, as in Kubernetes. */
export const Labels = z.record(z.string().min(1).max(63), z.string().max(63));

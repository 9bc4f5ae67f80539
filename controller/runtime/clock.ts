/** The only place that reads the wall clock, and the one that nobody sets. */
import { readFileSync } from 'node:fs';
import type { Clock, Steady } from '../ports.ts';

let boot = '';

/** CLOCK_MONOTONIC is the same for all processes of a boot. */
function steady(): Steady {
  if (boot === '') boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return { boot, ms: Number(process.hrtime.bigint() / 1_000n) / 1_000 };
}

export const systemClock: Clock = { now: () => new Date(), steady };

/** Goes on from the wall clock's time as it is now, whatever becomes of that: for spans within one process. */
export function makeSteadyClock(
  wall: Clock = systemClock,
  spent: () => number = () => performance.now(),
): Clock {
  const from = wall.now().getTime() - spent();
  return { now: () => new Date(from + spent()), steady };
}

/** Milliseconds between the two, or null where one is not known, or the machine was started in between. */
export function steadySpan(from: Steady | null | undefined, to: Steady | null | undefined): number | null {
  if (from == null || to == null || from.boot !== to.boot) return null;
  return to.ms - from.ms;
}

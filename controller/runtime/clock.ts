/** The only place that reads the wall clock. */
import type { Clock } from '../ports.ts';

export const systemClock: Clock = { now: () => new Date() };

/** How long runs of a recipe usually take. Pure. */
import type { ReportedRun } from './reported-run.ts';

/** The median of fewer says nothing; more than these would be of what the app was long ago. */
const FEWEST = 3;
const MOST = 10;

/** In whole minutes, of the newest green runs; null where there are too few. */
export function usualMinutes(runs: readonly ReportedRun[]): number | null {
  const times = runs
    .filter(({ status }) => status.verdict === 'Passed')
    .sort((a, b) => (b.status.finishedAt ?? '').localeCompare(a.status.finishedAt ?? ''))
    .slice(0, MOST)
    .map(({ status }) => Date.parse(status.finishedAt ?? '') - Date.parse(status.begunAt ?? ''))
    .filter((ms) => ms >= 0)
    .sort((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)];
  return times.length < FEWEST || median === undefined ? null : Math.max(1, Math.round(median / 60_000));
}

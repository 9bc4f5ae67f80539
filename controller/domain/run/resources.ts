/** What a run used, from what its steps measured. Pure. */
import type { RunResources, ServiceMemory } from '../../api/resources.ts';
import { dataOf, type StageResult } from '../../api/stage.ts';
import type { StepSeen } from '../../ports.ts';

/** Without the comparison; null where no step measured anything. `steps` are those of one attempt. */
export type UsedResources = Omit<RunResources, 'comparison'>;

export function resourcesOf(steps: readonly StepSeen[]): UsedResources | null {
  const results = steps.map(({ result }) => result);
  const measured = results.flatMap((result) => result?.resources ?? []);
  if (measured.length === 0) return null;
  const totals = measured.flatMap(({ totalPeakBytes }) => totalPeakBytes ?? []);
  const volumes = measured.findLast((each) => each.volumes !== null)?.volumes ?? null;
  const limits = new Map(results.flatMap((it) => it?.limits ?? []).map((it) => [JSON.stringify(it), it]));
  return {
    memory: highestOf(measured.flatMap(({ memory }) => memory)),
    totalPeakBytes: totals.length === 0 ? null : Math.max(...totals),
    looks: sum(measured.map(({ looks }) => looks)),
    failedLooks: sum(measured.map(({ failedLooks }) => failedLooks)),
    problem: measured.findLast(({ problem }) => problem !== '')?.problem ?? '',
    volumes,
    volumeBytes: volumes === null ? null : knownSum(volumes),
    ...foundOf(results),
    ...(limits.size > 0 ? { limits: [...limits.values()] } : {}),
  };
}

function foundOf(
  results: readonly (StageResult | null)[],
): Pick<UsedResources, 'images' | 'secondsToHealthy'> {
  const images = dataOf(results, 'prepare')?.images ?? [];
  return {
    images: images.map(({ image, bytes }) => ({ image, bytes })),
    secondsToHealthy: dataOf(results, 'install')?.secondsToHealthy ?? null,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** Null where there are some and the size of none is known. */
function knownSum(sizes: readonly { readonly bytes: number | null }[]): number | null {
  const known = sizes.flatMap(({ bytes }) => bytes ?? []);
  return sizes.length > 0 && known.length === 0 ? null : sum(known);
}

function highestOf(all: readonly ServiceMemory[]): ServiceMemory[] {
  const highest = new Map<string, number>();
  for (const { service, peakBytes } of all)
    highest.set(service, Math.max(highest.get(service) ?? 0, peakBytes));
  return [...highest]
    .map(([service, peakBytes]) => ({ service, peakBytes }))
    .sort((a, b) => a.service.localeCompare(b.service));
}

/** What a run used, from what its steps measured. Pure. */
import { type RunResources, type ServiceMemory, StageResources } from '../../api/resources.ts';
import type { StepName } from '../../api/stage.ts';
import { InstallData, PreparedData } from '../../api/stage-data.ts';
import type { StepSeen } from '../../ports.ts';

/** Without the comparison; null where no step measured anything. `steps` are those of one attempt. */
export type UsedResources = Omit<RunResources, 'comparison'>;

export function resourcesOf(steps: readonly StepSeen[]): UsedResources | null {
  const measured = steps.flatMap(({ result }) => {
    const read = StageResources.safeParse(result?.data['resources']);
    return read.success ? [read.data] : [];
  });
  if (measured.length === 0) return null;
  const totals = measured.flatMap(({ totalPeakBytes }) => totalPeakBytes ?? []);
  const volumes = measured.findLast((each) => each.volumes !== null)?.volumes ?? null;
  return {
    memory: highestOf(measured.flatMap(({ memory }) => memory)),
    totalPeakBytes: totals.length === 0 ? null : Math.max(...totals),
    looks: sum(measured.map(({ looks }) => looks)),
    failedLooks: sum(measured.map(({ failedLooks }) => failedLooks)),
    problem: measured.findLast(({ problem }) => problem !== '')?.problem ?? '',
    volumes,
    volumeBytes: volumes === null ? null : knownSum(volumes),
    ...prepared(steps),
    ...installed(steps),
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

function dataOf(steps: readonly StepSeen[], step: StepName): unknown {
  return steps.find((each) => each.step === step)?.result?.data;
}

function prepared(steps: readonly StepSeen[]): Pick<UsedResources, 'images'> {
  const data = PreparedData.safeParse(dataOf(steps, 'prepare'));
  return { images: data.success ? data.data.images.map(({ image, bytes }) => ({ image, bytes })) : [] };
}

function installed(steps: readonly StepSeen[]): Pick<UsedResources, 'secondsToHealthy'> {
  const data = InstallData.safeParse(dataOf(steps, 'install'));
  return { secondsToHealthy: data.success ? data.data.secondsToHealthy : null };
}

/** The most memory that each service used, from repeated looks at its containers. Pure. */
import type { StageResources } from '../../api/resources.ts';
import type { ContainerMemory } from '../../ports.ts';

export type MemoryLook = readonly ContainerMemory[];

/** `looks` in order of time. */
export function memoryPeaks(looks: readonly MemoryLook[]): Pick<StageResources, 'memory' | 'totalPeakBytes'> {
  const highest = new Map<string, number>();
  const services = new Map<string, number>();
  let total: number | null = null;
  for (const [index, look] of looks.entries()) {
    let together = 0;
    for (const seen of look) {
      // What it took before the first look belongs to an earlier stage.
      const before = highest.get(seen.id) ?? (index === 0 ? (seen.max ?? 0) : 0);
      highest.set(seen.id, Math.max(before, seen.max ?? 0));
      const bytes = takenSince(before, seen);
      services.set(seen.service, Math.max(services.get(seen.service) ?? 0, bytes));
      together += bytes;
    }
    if (look.length > 0) total = Math.max(total ?? 0, together);
  }
  const memory = [...services]
    .map(([service, peakBytes]) => ({ service, peakBytes }))
    .sort((a, b) => a.service.localeCompare(b.service));
  return { memory, totalPeakBytes: total };
}

/**
 * The engine's own peak where it rose since the last look, so that what was taken between two looks counts; else
 * what is taken now. Only a peak that is new is known to have had about the page cache that is seen now.
 *
 * The page cache is left out as the docker CLI does it: usage minus `total_inactive_file` (cgroup v1) or
 * `inactive_file` (v2), and usage itself where that would not be less than it (`calculateMemUsageUnixNoCache` in
 * docker/cli, cli/command/container/stats_helpers.go at 53f8ed4; docs.docker.com/reference/cli/docker/container/stats).
 */
function takenSince(before: number, { usage, max, inactiveFile }: ContainerMemory): number {
  const taken = max !== null && max > before ? Math.max(max, usage) : usage;
  return inactiveFile < taken ? taken - inactiveFile : taken;
}

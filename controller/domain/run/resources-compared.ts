/** What a run used beside the median of earlier green runs: what grew is a warning, never a verdict. Pure. */
import type { ComparedRow, Comparison, RunResources } from '../../api/resources.ts';
import type { TestRunStatus, TestRunStatusBody } from '../../api/test-run-status.ts';
import type { UsedResources } from './resources.ts';

const MIB = 1024 * 1024;

interface Tolerance {
  readonly unit: ComparedRow['unit'];
  readonly share: number;
  readonly atLeast: number;
}

/**
 * How far above the median is worth a warning: both the share and the amount, so that neither the noise of a small
 * app nor the rounding of a large one is told. Memory and sizes repeat within a few per cent from run to run; 16 MiB
 * is what a server of 1 GiB does not notice. Time depends on what else the machine does, hence the wider share.
 */
export const TOLERANCES = {
  memory: { unit: 'bytes', share: 0.25, atLeast: 16 * MIB },
  time: { unit: 'seconds', share: 0.5, atLeast: 10 },
  size: { unit: 'bytes', share: 0.25, atLeast: 16 * MIB },
} as const satisfies Record<string, Tolerance>;

/** A median of fewer says nothing; more than these would compare with what the app was long ago. */
export const FEWEST = 3;
export const MOST = 10;

type Run = Pick<TestRunStatus, 'metadata' | 'status'>;

/** What has to be the same for numbers to be comparable. Install alone needs less than a backup and a restore. */
function kindOf({ accepted, server, deployer }: TestRunStatusBody): string {
  return JSON.stringify([accepted?.run.recipe, server, deployer?.kind, accepted?.run.stages.toSorted()]);
}

/** The statuses of green runs of the same kind, newest first. */
export function greensLike(own: TestRunStatusBody, runs: readonly Run[]): TestRunStatusBody[] {
  const kind = kindOf(own);
  return runs
    .map(({ status }) => status)
    .filter((status) => status.uid !== own.uid && status.verdict === 'Passed' && kindOf(status) === kind)
    .sort((a, b) => (b.finishedAt ?? '').localeCompare(a.finishedAt ?? ''))
    .slice(0, MOST);
}

export interface Earlier {
  readonly version: string | null;
  readonly resources: RunResources;
}

/** `earlier` newest first. */
export function comparisonOf(now: UsedResources, earlier: readonly Earlier[]): Comparison {
  const runs = earlier.length;
  if (runs < FEWEST) {
    const seen = `${runs === 0 ? 'no' : `only ${runs}`} earlier green run${runs === 1 ? '' : 's'} of the same kind`;
    return { runs, notCompared: `${seen}; ${FEWEST} are needed`, rows: [] };
  }
  const before = earlier.map(({ version, resources }) => ({ version, measures: measuresOf(resources) }));
  const rows = [...measuresOf(now)].flatMap(([what, { value, tolerance }]): ComparedRow[] => {
    const having = before.flatMap(({ version, measures }) => {
      const then = measures.get(what);
      return then === undefined ? [] : [{ version, value: then.value }];
    });
    // A service or an image that is new has nothing to be compared with yet.
    if (having.length < FEWEST) return [];
    const since = having[0]?.version ?? null;
    return [{ what, since, ...judged(value, median(having.map((each) => each.value)), tolerance) }];
  });
  return { runs, notCompared: null, rows };
}

function judged(
  now: number,
  usual: number,
  { unit, share, atLeast }: Tolerance,
): Omit<ComparedRow, 'what' | 'since'> {
  const more = now - usual;
  return {
    unit,
    now,
    median: usual,
    percent: usual === 0 ? null : Math.round((more / usual) * 100),
    flagged: more >= atLeast && more > usual * share,
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [below = 0, above = 0] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? above : (below + above) / 2;
}

interface Measure {
  readonly value: number;
  readonly tolerance: Tolerance;
}

/** Everything of a run that can be compared, under the name that people read. */
export function measuresOf(used: UsedResources): Map<string, Measure> {
  const measures = new Map<string, Measure>();
  const add = (what: string, value: number | null, tolerance: Tolerance): void => {
    if (value !== null) measures.set(what, { value, tolerance });
  };
  for (const { service, peakBytes } of used.memory)
    add(`memory of "${service}"`, peakBytes, TOLERANCES.memory);
  if (used.memory.length > 1) add('memory of all services', used.totalPeakBytes, TOLERANCES.memory);
  add('time to healthy', used.secondsToHealthy, TOLERANCES.time);
  for (const { image, bytes } of used.images) {
    const what = `image ${repositoryOf(image)}`;
    add(what, bytes === null ? null : bytes + (measures.get(what)?.value ?? 0), TOLERANCES.size);
  }
  add('volumes', used.volumeBytes, TOLERANCES.size);
  return measures;
}

/** Without tag and digest, which are another in every version. */
function repositoryOf(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
}

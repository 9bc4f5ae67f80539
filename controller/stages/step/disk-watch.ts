/** Ends a step before its app fills the disk of this machine: around the stage's program, which knows nothing of it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { StepName } from '../../api/stage.ts';
import { type DiskBounds, type DiskFailure, diskFailure, fullOf } from '../../domain/run/disk-limit.ts';
import type { DiskItem, DiskMeter, DiskSpace } from '../../ports.ts';
import { messageOf } from '../../runtime/errors.ts';
import { type StageReport, reportOf, runToReport, StageFailure } from './report.ts';
import type { StageLog } from './stage-log.ts';

/** Free space costs one system call. */
const PACE_MS = 3_000;
/** Docker walks over all volumes for their sizes: asked for seldom, or when that much was written since. */
const SIZES_EVERY_MS = 30_000;
const SIZES_AFTER_BYTES = 2 ** 30;
/** A full host does not wait until Docker has counted. */
const COUNT_MS = 10_000;
/** For a program to clean up what it began; what it leaves is ended with its process, and by the teardown. */
const GRACE_MS = 10_000;

/** Without `evidence`: it reads what an app left, also of one that left too much, and is followed by the teardown. */
const WATCHED: ReadonlySet<StepName> = new Set(['install', 'upgrade', 'backup', 'restore', 'test']);

export interface DiskWatching {
  readonly disk: DiskMeter;
  readonly bounds: DiskBounds;
  readonly stateDir: string;
  readonly log: Pick<StageLog, 'say'>;
  readonly request: { readonly step: StepName; readonly app: { readonly stack: string } };
  /** Aborted when the step is stopped. */
  readonly signal: AbortSignal;
  /** For tests. */
  readonly times?: { readonly paceMs: number; readonly sizesEveryMs: number; readonly graceMs: number };
}

const TIMES = { paceMs: PACE_MS, sizesEveryMs: SIZES_EVERY_MS, graceMs: GRACE_MS };

/** The work gets a signal that also ends it at the limit; its report is then the limit's. */
export async function endAtDiskLimit(
  watching: DiskWatching,
  work: (signal: AbortSignal) => Promise<StageReport>,
): Promise<StageReport> {
  const { request, signal, log, times = TIMES } = watching;
  if (!WATCHED.has(request.step)) return work(signal);
  const over = new AbortController();
  const limit = new AbortController();
  const hit = watchDisk(watching, AbortSignal.any([over.signal, signal]));
  const working = runToReport(() => work(AbortSignal.any([limit.signal, signal])), log);
  try {
    const failure = await Promise.race([hit, working.then(() => null)]);
    if (failure === null) return await working;
    const ended = new StageFailure(failure.fault, failure.cause);
    log.say(`the step is ended: ${ended.message}`, 'error');
    limit.abort(ended);
    const found = await Promise.race([working, delay(times.graceMs, null, { signal: over.signal })]);
    return { ...(found === null ? {} : keptOf(found)), ...reportOf(ended) };
  } finally {
    over.abort();
  }
}

/** What was found until then stays. */
function keptOf({ data, resources }: StageReport): Partial<StageReport> {
  return { ...(data === undefined ? {} : { data }), ...(resources === undefined ? {} : { resources }) };
}

/** Never settles where no limit is hit. */
async function watchDisk(watching: DiskWatching, signal: AbortSignal): Promise<DiskFailure> {
  const { disk, bounds, log, times = TIMES } = watching;
  const said = new Set<string>();
  const warn = (text: string): void => {
    if (!signal.aborted && !said.has(text)) log.say(text, 'warn');
    said.add(text);
  };
  const paths = await placesOf(watching, warn);
  // What was free, and held, when Docker counted last.
  const last = { at: performance.now(), free: Number.NaN, items: [] as readonly DiskItem[] };
  while (!signal.aborted) {
    const spaces = await spacesAt(disk, paths, warn);
    const free = Math.min(...spaces.map((space) => space.free));
    if (Number.isNaN(last.free)) last.free = free;
    const isDue = performance.now() - last.at >= times.sizesEveryMs || last.free - free >= SIZES_AFTER_BYTES;
    if (isDue || fullOf(bounds, spaces) !== null) {
      last.items = (await itemsOf(watching, warn)) ?? last.items;
      Object.assign(last, { at: performance.now(), free });
    }
    const failure = diskFailure(bounds, { spaces, items: last.items });
    if (failure !== null && !signal.aborted) return failure;
    await delay(times.paceMs, undefined, { signal }).catch(() => undefined);
  }
  return new Promise(() => undefined);
}

type Warn = (text: string) => void;

/** Docker's own folder, where this process sees it, and ours. */
async function placesOf({ disk, stateDir }: DiskWatching, warn: Warn): Promise<string[]> {
  const root = await disk.dataRoot().catch((error: unknown) => {
    warn(`where Docker keeps its data is not known: ${messageOf(error)}`);
    return null;
  });
  return root === null ? [stateDir] : [root, stateDir];
}

async function spacesAt(disk: DiskMeter, paths: readonly string[], warn: Warn): Promise<DiskSpace[]> {
  const looked = paths.map(async (path): Promise<DiskSpace[]> => {
    try {
      return [{ path, ...(await disk.space(path)) }];
    } catch (error) {
      warn(`the free space at ${path} is not watched: ${messageOf(error)}`);
      return [];
    }
  });
  return (await Promise.all(looked)).flat();
}

/** Null where Docker did not say in time. */
async function itemsOf({ disk, request }: DiskWatching, warn: Warn): Promise<readonly DiskItem[] | null> {
  const late = new AbortController();
  try {
    const tooLong = delay(COUNT_MS, undefined, { signal: late.signal }).then(() => {
      throw new Error(`Docker did not count within ${COUNT_MS / 1000} s.`);
    });
    tooLong.catch(() => undefined);
    return await Promise.race([disk.held(request.app.stack), tooLong]);
  } catch (error) {
    warn(`what the app holds on the disk is not known: ${messageOf(error)}`);
    return null;
  } finally {
    late.abort();
  }
}

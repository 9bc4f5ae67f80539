/** What the app uses while it lives in a stage: measured around the stage's program, which knows nothing of it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { StageResources } from '../../api/resources.ts';
import type { StepName } from '../../api/stage.ts';
import { type MemoryLook, memoryPeaks } from '../../domain/run/memory-peaks.ts';
import type { Meter } from '../../ports.ts';
import { messageOf } from '../../runtime/errors.ts';
import { withProcessLimit } from './process-limit.ts';
import type { StageReport } from './report.ts';
import type { StageLog } from './stage-log.ts';

/** At most one look a second: a request, and one more a container. */
const PACE_MS = 1_000;

const LIVES: ReadonlySet<StepName> = new Set(['install', 'upgrade', 'backup', 'restore', 'test', 'evidence']);

export interface Measuring {
  readonly meter: Meter;
  readonly log: Pick<StageLog, 'say'>;
  readonly request: { readonly step: StepName; readonly app: { readonly stack: string } };
  /** Aborted when the step is stopped: nobody reads what was measured then. */
  readonly signal: AbortSignal;
  /** For tests. */
  readonly paceMs?: number;
}

/** The report with `resources`: memory in every step, and in `evidence`, before the app goes, the sizes of its volumes. */
export async function measureWhile(
  measuring: Measuring,
  work: () => Promise<StageReport>,
): Promise<StageReport> {
  const { step } = measuring.request;
  if (!LIVES.has(step)) return work();
  const watching = watchMemory(measuring);
  try {
    // Beside the work: Docker walks over all volumes for it.
    const sizing = step === 'evidence' ? sizes(measuring) : NO_SIZES;
    const [{ volumes, problem }, report] = await Promise.all([sizing, work()]);
    const resources = withSizes(watching.end(), volumes, problem);
    sayFailed(measuring, resources);
    return { ...withProcessLimit(report, watching.atProcessLimit), resources };
  } finally {
    watching.end();
  }
}

interface Sizes {
  readonly volumes: StageResources['volumes'];
  readonly problem: string;
}
const NO_SIZES: Sizes = { volumes: null, problem: '' };

function withSizes(found: StageResources, volumes: Sizes['volumes'], problem: string): StageResources {
  if (problem === '') return { ...found, volumes };
  return { ...found, failedLooks: found.failedLooks + 1, looks: found.looks + 1, problem };
}

function sayFailed({ log }: Measuring, { looks, failedLooks, problem }: StageResources): void {
  if (failedLooks > 0)
    log.say(
      `${failedLooks} of ${looks} looks at what the app uses failed, the last with: ${problem}`,
      'warn',
    );
}

/** Goes on by itself until it is ended; what cannot be read is counted, and never thrown. */
export function watchMemory({ meter, request, signal: stopped, paceMs = PACE_MS }: Omit<Measuring, 'log'>): {
  end(): StageResources;
  /** Services of which a container had all of its processes at some look, and how many. */
  readonly atProcessLimit: ReadonlyMap<string, number>;
} {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, stopped]);
  const seen: MemoryLook[] = [];
  const atProcessLimit = new Map<string, number>();
  let looks = 0;
  let failedLooks = 0;
  let problem = '';
  const look = async (): Promise<void> => {
    let said: string | undefined;
    try {
      const { containers, problems } = await meter.memory(request.app.stack);
      if (!signal.aborted) seen.push(containers);
      for (const { service, allProcesses } of containers)
        if (allProcesses !== undefined) atProcessLimit.set(service, allProcesses);
      said = problems.at(-1);
    } catch (error) {
      said = messageOf(error);
    }
    if (signal.aborted) return;
    looks++;
    if (said === undefined) return;
    failedLooks++;
    problem = said;
  };
  const looking = async (): Promise<void> => {
    while (!signal.aborted) {
      const pause = delay(paceMs, undefined, { signal }).catch(() => undefined);
      await look();
      await pause;
    }
  };
  // It throws nothing.
  void looking();
  return {
    atProcessLimit,
    // A look that is under way is not waited for: Docker 20.10 takes a second for each, and one that hangs 15.
    end: () => {
      over.abort();
      return { ...memoryPeaks(seen), looks, failedLooks, problem, volumes: null };
    },
  };
}

async function sizes({ meter, request, signal }: Measuring): Promise<Sizes> {
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const volumes = await Promise.race([meter.volumes(request.app.stack), stopped.promise]);
    return { volumes: [...volumes], problem: '' };
  } catch (error) {
    return { volumes: null, problem: messageOf(error) };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

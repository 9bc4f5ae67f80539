/** What the app uses while it lives in a stage: measured around the stage's program, which knows nothing of it. */
import { setTimeout as delay } from 'node:timers/promises';
import { StageResources } from '../api/resources.ts';
import type { StepName } from '../api/stage.ts';
import { type MemoryLook, memoryPeaks } from '../domain/memory-peaks.ts';
import type { Meter } from '../ports.ts';
import { messageOf } from '../runtime/errors.ts';
import type { StageReport } from './report.ts';
import type { StageLog } from './stage-log.ts';

/** From the end of one look to the next; each is one request, and one more a container. */
const PACE_MS = 1_000;
/** The last look is not waited for any longer: a Docker that hangs must not hold up a stage that is over. */
const LAST_LOOK_MS = 2_000;

const LIVES: ReadonlySet<StepName> = new Set(['install', 'upgrade', 'backup', 'restore', 'test']);

export interface Measuring {
  readonly meter: Meter;
  readonly log: Pick<StageLog, 'say'>;
  readonly request: { readonly step: StepName; readonly app: { readonly stack: string } };
  /** Aborted when the step is stopped: nobody reads what was measured then. */
  readonly signal: AbortSignal;
  /** For tests of a Docker that hangs. */
  readonly lastLookMs?: number;
}

/** The report with `data.resources`: memory in the stages, and in `evidence`, before the app goes, the sizes of its volumes. */
export async function measured(measuring: Measuring, work: () => Promise<StageReport>): Promise<StageReport> {
  const { step } = measuring.request;
  if (LIVES.has(step)) return withMemory(measuring, work);
  if (step !== 'evidence') return work();
  // Beside the work, which takes longer.
  const [resources, report] = await Promise.all([sizes(measuring), work()]);
  return withResources(measuring, report, resources);
}

async function withMemory(measuring: Measuring, work: () => Promise<StageReport>): Promise<StageReport> {
  const watching = watchMemory(measuring);
  let report: StageReport;
  let resources: StageResources;
  try {
    report = await work();
  } finally {
    resources = await watching.end();
  }
  return withResources(measuring, report, resources);
}

function withResources({ log }: Measuring, report: StageReport, resources: StageResources): StageReport {
  const { looks, failedLooks, problem } = resources;
  if (failedLooks > 0)
    log.say(
      `${failedLooks} of ${looks} looks at what the app uses failed, the last with: ${problem}`,
      'warn',
    );
  return { ...report, data: { ...report.data, resources } };
}

/** Goes on by itself until it is ended; what cannot be read is counted, and never thrown. */
export function watchMemory({ meter, request, signal: stopped, lastLookMs = LAST_LOOK_MS }: Measuring): {
  end(): Promise<StageResources>;
} {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, stopped]);
  const seen: MemoryLook[] = [];
  let looks = 0;
  let failedLooks = 0;
  let problem = '';
  const failed = (said: string): void => {
    failedLooks++;
    problem = said;
  };
  const look = async (): Promise<void> => {
    looks++;
    try {
      const { containers, problems } = await meter.memory(request.app.stack);
      seen.push(containers);
      const last = problems.at(-1);
      if (last !== undefined) failed(last);
    } catch (error) {
      failed(messageOf(error));
    }
  };
  const looking = async (): Promise<void> => {
    while (!signal.aborted) {
      await look();
      // Woken early by the end.
      await delay(PACE_MS, undefined, { signal }).catch(() => undefined);
    }
    // Once more: what was taken since the last look.
    if (!stopped.aborted) await look();
  };
  const done = looking().then(() => true);
  return {
    end: async () => {
      over.abort();
      const inTime = await Promise.race([done, delay(lastLookMs, false, { ref: false })]);
      if (!inTime) failed(`Docker gave no answer within ${lastLookMs / 1000} s.`);
      return { ...memoryPeaks(seen), looks, failedLooks, problem, volumes: null };
    },
  };
}

async function sizes({ meter, request, signal }: Measuring): Promise<StageResources> {
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const volumes = await Promise.race([meter.volumes(request.app.stack), stopped.promise]);
    return StageResources.parse({ looks: 1, volumes });
  } catch (error) {
    return StageResources.parse({ looks: 1, failedLooks: 1, problem: messageOf(error) });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

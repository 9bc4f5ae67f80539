/** To remove an app only Docker is needed: whatever else a step has, a teardown goes on without. */
import type { StageRequest } from '../../api/stage.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { StageLog } from './stage-log.ts';

interface Going {
  readonly request: Pick<StageRequest, 'step'>;
  readonly log: Pick<StageLog, 'say'>;
  readonly signal: AbortSignal;
}

/** What `work` gives; in a teardown `otherwise` where it fails, and the log says why. */
export async function orGoOn<T>(
  { request, log, signal }: Going,
  work: () => Promise<T>,
  { what, otherwise }: { readonly what: string; readonly otherwise: T },
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (request.step !== 'teardown' || signal.aborted) throw error;
    log.say(`${what}: ${messageOf(error)}. The app is removed all the same.`, 'warn');
    return otherwise;
  }
}

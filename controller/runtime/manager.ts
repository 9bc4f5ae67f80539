/** Runs one reconciler over a work queue: errors are told apart by class, every other key goes on. */
import { Conflict, messageOf, Terminal, Waiting } from './errors.ts';
import type { Log } from './log.ts';
import type { WorkQueue } from './work-queue.ts';

/** When to look at the key again, if nothing says so earlier; null for never. */
export interface Reconciled {
  readonly requeueAfterMs: number | null;
}
export type Reconciler = (key: string) => Promise<Reconciled>;

export interface ManagerDeps {
  readonly queue: WorkQueue;
  readonly log: Log;
  /** Counts reconciles, so that a test can say how many a run takes. */
  readonly counted?: (key: string) => void;
}

/** Works until the queue is closed. */
export async function runReconciler(
  reconcile: Reconciler,
  workers: number,
  deps: ManagerDeps,
): Promise<void> {
  await deps.queue.run(workers, async (key) => {
    deps.counted?.(key);
    try {
      const { requeueAfterMs } = await reconcile(key);
      deps.queue.forget(key);
      if (requeueAfterMs === 0) deps.queue.add(key);
      else if (requeueAfterMs !== null) deps.queue.addAfter(key, requeueAfterMs);
    } catch (error) {
      retry(key, error, deps);
    }
  });
}

function retry(key: string, error: unknown, { queue, log }: ManagerDeps): void {
  if (error instanceof Conflict) return queue.add(key);
  if (error instanceof Waiting) return queue.addAfter(key, error.ms);
  if (error instanceof Terminal)
    log.error({ key, reason: error.reason, error: error.message }, 'reconcile needs a person');
  else
    log.error(
      { key, error: messageOf(error), stack: error instanceof Error ? error.stack : undefined },
      'reconcile failed',
    );
  queue.addWithBackOff(key);
}

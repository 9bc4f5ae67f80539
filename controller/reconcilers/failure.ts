/** What a reconcile could not do stands in the run's status, and keeps no other run from its turn. */
import type { TestRunStatusBody } from '../api/test-run-status.ts';
import { isTrue, type NewCondition, withCondition, withoutCondition } from '../domain/run/conditions.ts';
import { holdsBack, isReference } from '../domain/run/facts-of.ts';
import type { Reconciled, Reconciler } from '../runtime/controllers.ts';
import { codeOf, Conflict, messageOf, Terminal, Waiting } from '../runtime/errors.ts';
import { wakeQueued } from './act.ts';
import { firstOf, type RunDeps } from './observe.ts';

/** The same reconcile; when it throws, the condition `ReconcileFailed` says why, and it is gone when it works again. */
export function sayingFailures(deps: RunDeps, reconcile: Reconciler): Reconciler {
  return async (name) => {
    const before = deps.store.status(name)?.status;
    try {
      return await reconcileAndClear(deps, name, reconcile);
    } catch (error) {
      // Somebody wrote meanwhile: that is looked at again at once, and nothing failed.
      if (!(error instanceof Conflict)) await sayFailure(deps, name, error);
      throw error;
    } finally {
      const after = deps.store.status(name)?.status;
      if (before !== undefined && after !== undefined && leftTheLine(before, after)) wakeQueued(deps);
    }
  };
}

async function reconcileAndClear(deps: RunDeps, name: string, reconcile: Reconciler): Promise<Reconciled> {
  const done = await reconcile(name);
  const current = deps.store.status(name);
  if (current !== null && isTrue(current.status.conditions, 'ReconcileFailed')) {
    const conditions = withoutCondition(current.status.conditions, 'ReconcileFailed');
    await deps.store.putStatus(name, { ...current.status, conditions }, current.metadata.resourceVersion);
  }
  return done;
}

/** Waited before those that came later, and does not any more, though it has not begun: it is their turn. A reference run is known to be one only once it was accepted. */
function leftTheLine(before: TestRunStatusBody, after: TestRunStatusBody): boolean {
  if (!holdsBack(before) || after.begunAt !== null || after.finishedAt !== null) return false;
  const isOnlyNowKnown = !isReference(before.accepted) && isReference(after.accepted);
  return !holdsBack(after) || before.server !== after.server || isOnlyNowKnown;
}

/** In memory and in the store's reserve at once, whatever becomes of the write: on a full disk these are the only places that know. */
async function sayFailure(deps: RunDeps, name: string, error: unknown): Promise<void> {
  const now = deps.clock.now();
  const current = deps.store.status(name);
  // What is over does not change because something has to be waited for.
  if (error instanceof Waiting && current !== null && current.status.finishedAt !== null) return;
  const status = current?.status ?? firstOf(deps, { name, spec: null, status: null });
  const conditions = withCondition(status.conditions, conditionOf(error), now);
  try {
    await deps.store.putStatus(name, { ...status, conditions }, current?.metadata.resourceVersion ?? 0);
  } catch (problem) {
    // Said once; it is written with the next try.
    const isNews = JSON.stringify(conditions) !== JSON.stringify(status.conditions);
    const fields = { run: name, error: messageOf(problem) };
    deps.log[isNews ? 'warn' : 'debug'](
      fields,
      'the failure is not in the status file, only in memory and in the reserve',
    );
  }
}

const DISK_FULL = 'Free space on the disk of the state directory; it is tried again by itself.';
const NO_ACCESS = 'Give the user of the controller access to it; it is tried again by itself.';

/** What a person can do about an error of the system, by its code. */
const OF_SYSTEM: Readonly<Record<string, { readonly reason: string; readonly advice: string }>> = {
  ENOSPC: { reason: 'DiskFull', advice: DISK_FULL },
  EDQUOT: { reason: 'DiskFull', advice: DISK_FULL },
  EACCES: { reason: 'AccessDenied', advice: NO_ACCESS },
  EPERM: { reason: 'AccessDenied', advice: NO_ACCESS },
  EROFS: { reason: 'AccessDenied', advice: 'Mount the file system so that it can be written to.' },
};

function conditionOf(error: unknown): NewCondition {
  return { type: 'ReconcileFailed', status: 'True', ...saidOf(error) };
}

function saidOf(error: unknown): { reason: string; message: string } {
  const message = messageOf(error);
  if (error instanceof Terminal) return { reason: error.reason, message };
  if (error instanceof Waiting) return { reason: 'Waiting', message };
  const known = OF_SYSTEM[codeOf(error)];
  return known === undefined
    ? { reason: 'ReconcileError', message }
    : { reason: known.reason, message: `${message}. ${known.advice}` };
}

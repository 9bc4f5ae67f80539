/** One TestRun, one reconcile: look, think, write the intent, do at most one thing. Long work is started, never awaited. */
import { isTrue } from '../domain/run/conditions.ts';
import { decide } from '../domain/run/decide.ts';
import { factsOf, viewOf } from '../domain/run/facts-of.ts';
import { requeueAfter } from '../domain/run/requeue.ts';
import { resultsOf } from '../domain/run/results.ts';
import { statusOf } from '../domain/run/status-of.ts';
import type { Reconciler } from '../runtime/controllers.ts';
import { act, wakeQueued } from './act.ts';
import { earlierGreens } from './earlier.ts';
import { makeNoteDecision } from './note-decision.ts';
import { firstOf, namesOn, observe, type RunDeps } from './observe.ts';

export function makeTestRunReconciler(deps: RunDeps): Reconciler {
  const note = makeNoteDecision(deps);
  return async (name) => {
    const docs = await deps.store.get(name);
    const now = deps.clock.now();
    if (docs.status === null) {
      if (docs.spec === null) return { requeueAfterMs: null };
      await deps.store.putStatus(name, firstOf(deps, docs), 0);
      return { requeueAfterMs: 0 };
    }
    const seen = await observe(deps, docs);
    // From here to putStatus nothing is awaited: two runs can not both take the last slot.
    const current = deps.store.status(name) ?? docs.status;
    const view = viewOf({
      docs,
      status: current.status,
      seen,
      others: deps.store.statuses(),
      servers: deps.servers.names(),
      maxTests: deps.maxTests,
      now,
      steady: deps.clock.steady?.(),
    });
    const facts = factsOf(view);
    const decision = decide(facts);
    const status = statusOf(view, decision, namesOn(deps, view));
    deps.log.debug(
      { run: name, leaf: decision.leaf, action: decision.action.do, stage: status.stage },
      'decided',
    );

    if (decision.action.do === 'close')
      await deps.records.results(status.uid, resultsOf(view, status, await earlierGreens(deps, status)));
    await deps.store.putStatus(name, status, current.metadata.resourceVersion);
    await note(status.uid, facts, decision);
    if (status.phase !== current.status.phase || status.stage !== current.status.stage) {
      await deps.records.event(status.uid, { reason: status.phase, message: status.message });
    }
    // It has given its slot back, and nothing else tells those whose turn it is.
    if (isTrue(status.conditions, 'Stalled') && !isTrue(current.status.conditions, 'Stalled'))
      wakeQueued(deps);
    await act(deps, { name, view, status, action: decision.action });
    return { requeueAfterMs: requeueAfter(view, decision) };
  };
}

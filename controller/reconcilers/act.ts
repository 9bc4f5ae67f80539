/** Does the one thing that was decided. Every effect is safe to repeat; none is awaited longer than it takes to start. */
import type { StageRequest, StepName } from '../api/stage.ts';
import type { TestRunStatusBody } from '../api/test-run-status.ts';
import type { Action } from '../domain/run/decide.ts';
import { type RunView, wishOf } from '../domain/run/facts-of.ts';
import { stepLimitMs } from '../domain/run/limits.ts';
import type { StepSeen } from '../ports.ts';
import type { RunDeps } from './observe.ts';

export interface Deed {
  readonly name: string;
  readonly view: RunView;
  readonly status: TestRunStatusBody;
  readonly action: Action;
}

export async function act(deps: RunDeps, deed: Deed): Promise<void> {
  const { view, status, action } = deed;
  switch (action.do) {
    case 'rest':
    case 'wait':
    case 'begin':
    case 'retry':
      return;
    case 'startWork':
      return deps.stages.start(requestOf(deed, view.work.step ?? 'prepare', 1));
    case 'startEvidence':
      return deps.stages.start(requestOf(deed, 'evidence', 1));
    case 'startTeardown':
      return deps.stages.start(requestOf(deed, 'teardown', (view.lastTeardown?.round ?? 0) + 1));
    case 'stopWork':
      return stop(deps, deed, find(view, view.work.step));
    case 'stopEvidence':
      return stop(deps, deed, find(view, 'evidence'));
    case 'stopTeardown':
      return stop(deps, deed, view.lastTeardown);
    case 'close':
      return wakeQueued(deps);
    case 'forget':
      await deps.store.forget(deed.name, status.uid);
      return wakeQueued(deps);
    default:
      return action satisfies never;
  }
}

function find(view: RunView, step: StepName | null): StepSeen | null {
  return view.steps.find((each) => each.step === step) ?? null;
}

export function wakeQueued(deps: Pick<RunDeps, 'store' | 'wake'>): void {
  for (const { metadata, status } of deps.store.statuses())
    if (status.phase === 'Queued') deps.wake(metadata.name);
}

async function stop(deps: RunDeps, { view, status }: Deed, seen: StepSeen | null): Promise<void> {
  if (seen === null) return;
  const wish = wishOf(view.docs);
  const reason =
    seen.state === 'overdue' || wish === 'run' ? 'overdue' : wish === 'cancel' ? 'cancelled' : 'deleted';
  await deps.stages.stop({ uid: status.uid, seen }, seen.stopReason ?? reason);
}

function requestOf({ name, view, status }: Deed, step: StepName, round: number): StageRequest {
  const { accepted, app } = status;
  if (accepted === null || app === null)
    throw new TypeError(`Run "${name}" has begun, but its status holds no accepted document.`);
  return {
    run: name,
    uid: status.uid,
    attempt: status.attempt,
    step,
    round,
    limitMs: stepLimitMs(step, accepted),
    recipe: accepted.run.recipe,
    // A later attempt tests the same commit, also if the branch moved meanwhile.
    source: { repo: accepted.repo, ref: status.commit ?? accepted.run.source.ref },
    app,
    stages: [...accepted.run.stages],
    bump: accepted.run.bump,
    settings: accepted.recipe,
    earlier: view.steps.flatMap((each) => (each.result === null ? [] : [each.step])),
  };
}

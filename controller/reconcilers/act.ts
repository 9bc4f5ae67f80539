/** Does the one thing that was decided. Every effect is safe to repeat; none is awaited longer than it takes to start. */
import type { StageRequest } from '../api/stage.ts';
import type { TestRunStatusBody } from '../api/test-run-status.ts';
import type { Action } from '../domain/run/decide.ts';
import { nextInLine, type RunView } from '../domain/run/facts-of.ts';
import { stepLimitMs } from '../domain/run/limits.ts';
import type { Server } from '../ports.ts';
import type { RunDeps } from './observe.ts';

export interface Deed {
  readonly name: string;
  readonly view: RunView;
  readonly status: TestRunStatusBody;
  readonly action: Action;
}

type Start = Extract<Action, { do: 'start' }>;

export async function act(deps: RunDeps, deed: Deed): Promise<void> {
  const { status, action } = deed;
  switch (action.do) {
    case 'rest':
    case 'wait':
    case 'begin':
    case 'retry':
      return;
    case 'start':
      return deps.stages.start(requestOf(deed, action, deps.servers.of(status.server)));
    case 'stop':
      return deps.stages.stop({ uid: status.uid, seen: action }, action.reason);
    case 'close':
      return wakeQueued(deps);
    case 'forget':
      await deps.store.forget(deed.name, status.uid);
      return wakeQueued(deps);
    default:
      return action satisfies never;
  }
}

/** Those whose turn it is; the others have their place in line written at the next resync. */
export function wakeQueued({ store, wake, maxTests }: Pick<RunDeps, 'store' | 'wake' | 'maxTests'>): void {
  for (const name of nextInLine(store.statuses(), maxTests)) wake(name);
}

function requestOf(
  { name, view, status }: Deed,
  { step, attempt, round }: Start,
  { name: server, abraServer }: Pick<Server, 'name' | 'abraServer'>,
): StageRequest {
  const { accepted, app } = status;
  if (accepted === null || app === null)
    throw new TypeError(`Run "${name}" has begun, but its status holds no accepted document.`);
  return {
    run: name,
    uid: status.uid,
    attempt,
    step,
    round,
    limitMs: stepLimitMs(step, accepted),
    server: { name: server, abraServer },
    recipe: accepted.run.recipe,
    // A later attempt tests the same commit, also if the branch moved meanwhile.
    source: { repo: accepted.repo, ref: status.commit ?? accepted.run.source.ref },
    app,
    slot: status.slot,
    stages: [...accepted.run.stages],
    bump: accepted.run.bump,
    settings: accepted.recipe,
    earlier: view.steps.flatMap((each) => (each.result === null ? [] : [each.step])),
  };
}

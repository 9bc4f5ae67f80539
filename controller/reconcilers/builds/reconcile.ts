/** The build in Drone that shows a run: made once, looked at while either goes on, and what becomes of each when the other ends. */
import type { BuildStatusBody } from '../../api/build-status.ts';
import type { TestRunStatusBody } from '../../api/test-run-status.ts';
import type { Cancellation } from '../../api/test-run.ts';
import type { Build, Builds } from '../../builds.ts';
import type { Clock } from '../../ports.ts';
import type { Reconciled, Reconciler } from '../../runtime/controllers.ts';
import { isFailure, Terminal, Waiting } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import type { FileStore } from '../../store/file-store.ts';
import type { StatusFolder } from '../../store/status-folder.ts';
import { buildOf, paramsOf } from './ensure-build.ts';
import { endLeft, type Followed } from './left.ts';
import { type OpenStatus, openStatus } from './open-status.ts';
import { failedBody, goneBody, seenBody } from './said.ts';

export interface BuildsDeps {
  readonly drone: Builds;
  readonly statuses: StatusFolder<BuildStatusBody>;
  readonly store: Pick<FileStore, 'status' | 'statuses' | 'feed'>;
  readonly wishes: { cancel(name: string, wish: Cancellation): Promise<boolean> };
  readonly clock: Clock;
  readonly log: Log;
}

/** Nothing tells of a build that somebody cancels. */
const POLL_MS = 5_000;
/** The feed tells of each step of a run; Drone is not asked at each of them for what a person must mend first. */
const REST_MS = 60_000;
/** Its steps end within seconds after the run; one that still runs has lost its runner, and would keep its slot for a day. */
const LINGER_MS = 5 * 60_000;

const NEVER: Reconciled = { requeueAfterMs: null };
const SOON: Reconciled = { requeueAfterMs: POLL_MS };

/** Builds are for those who comment: whoever calls `ccci-ctl` sees the run there. */
export function isShown(run: TestRunStatusBody): boolean {
  return run.accepted?.run.trigger.kind === 'comment';
}

export function makeBuildReconciler(deps: BuildsDeps): Reconciler {
  const rests = new Map<string, number>();
  const followed: Followed = new Map();
  const now = (): number => deps.clock.now().getTime();
  return async (name) => {
    const run = deps.store.status(name)?.status;
    await endLeft(deps, followed, name);
    if (run === undefined || !isShown(run)) return NEVER;
    const restMs = (rests.get(name) ?? 0) - now();
    if (restMs > 0) return { requeueAfterMs: restMs };
    rests.delete(name);
    try {
      return await reconcile({ ...deps, followed }, name, run);
    } catch (error) {
      if (error instanceof Terminal) rests.set(name, now() + REST_MS);
      if (error instanceof Waiting) rests.set(name, now() + error.ms);
      throw error;
    }
  };
}

type FollowDeps = BuildsDeps & { readonly followed: Followed };

async function reconcile(deps: FollowDeps, name: string, run: TestRunStatusBody): Promise<Reconciled> {
  const status = await openStatus(deps, name, run.uid);
  // Nobody looks at a build that begins when all is over.
  if (status.body().number === null && isOver(run)) return NEVER;
  try {
    return await follow(deps, { name, run, status });
  } catch (error) {
    if (isFailure(error)) await status.put(failedBody(status.body(), error, deps.clock.now()));
    throw error;
  }
}

interface Turn {
  readonly name: string;
  readonly run: TestRunStatusBody;
  readonly status: OpenStatus;
}

async function follow(deps: FollowDeps, { name, run: before, status }: Turn): Promise<Reconciled> {
  const build = await buildOf(deps.drone, status.body().number, paramsOf(name, before));
  const now = deps.clock.now();
  if (build === null) {
    await status.put(goneBody(status.body(), now));
    return NEVER;
  }
  if (build.isOver) deps.followed.delete(name);
  else deps.followed.set(name, { uid: before.uid, number: build.number });
  // A build that ended with its run ended after it: the run as it is now, not as it was before Drone was asked.
  const run = deps.store.status(name)?.status ?? before;
  await status.put(seenBody(status.body(), { build, isRunOver: isOver(run) }, now));
  await keepTogether(deps, { name, run, build });
  return isOver(run) && build.isOver ? NEVER : SOON;
}

function isOver(run: TestRunStatusBody): boolean {
  return run.finishedAt !== null;
}

interface Pair {
  readonly name: string;
  readonly run: TestRunStatusBody;
  readonly build: Build;
}

/** A build that was ended there takes its run with it, and a run that is over the build that shows it. */
async function keepTogether(deps: BuildsDeps, { name, run, build }: Pair): Promise<void> {
  if (run.finishedAt === null) {
    // Of what its steps had started it says nothing; the run's own teardown does.
    if (build.status !== 'killed') return;
    const why = `its build #${build.number} was cancelled or ran out of time`;
    if (await deps.wishes.cancel(name, { by: 'person', who: 'Drone', why }))
      deps.log.info({ run: name, build: build.number }, 'run cancelled: its build was killed');
    return;
  }
  if (build.isOver) return;
  const overMs = deps.clock.now().getTime() - Date.parse(run.finishedAt);
  if (build.status === 'running' && overMs < LINGER_MS) return;
  await deps.drone.cancel(build.number);
  deps.log.info({ run: name, build: build.number, was: build.status }, 'build cancelled: its run is over');
}

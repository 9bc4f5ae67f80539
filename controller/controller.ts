/** The controller as one thing: informer and swarm events add keys, one reconciler works them off, the reaper sweeps. */
import { setTimeout as delay } from 'node:timers/promises';
import { durationMs } from './api/primitives.ts';
import type { NamesOf } from './domain/run/status-of.ts';
import type { Clock, Records, Stages, Swarm } from './ports.ts';
import { reap } from './reconcilers/reaper.ts';
import { makeTestRunReconciler } from './reconcilers/testrun.ts';
import { messageOf } from './runtime/errors.ts';
import type { Log } from './runtime/log.ts';
import { runReconciler } from './runtime/manager.ts';
import type { WorkQueue } from './runtime/work-queue.ts';
import type { FileStore } from './store/file-store.ts';
import { startInformer } from './store/informer.ts';
import type { Layout } from './store/layout.ts';

export interface ControllerDeps {
  readonly layout: Layout;
  readonly recipesDir: string;
  readonly store: FileStore;
  readonly swarm: Swarm;
  readonly stages: Stages;
  readonly records: Records;
  readonly queue: WorkQueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly names: NamesOf;
  readonly maxTests: number;
  readonly reapMinAgeMs: number;
  readonly newUid: () => string;
  readonly counted?: (key: string) => void;
}

/** The watcher may miss something; this may not. */
const RESYNC_MS = durationMs('30s');
const REAP_MS = durationMs('30s');
/** Several runs at once: none of them waits for another's slow Docker call. */
const WORKERS = 4;

/** Works until the signal. What runs then goes on by itself; the next controller observes it. */
export async function runController(deps: ControllerDeps, signal: AbortSignal): Promise<void> {
  const { queue, log, layout } = deps;
  const informer = startInformer(
    [
      { folder: layout.testruns, ending: '.yaml' },
      { folder: layout.signals, ending: '' },
      { folder: deps.recipesDir, ending: '.yaml' },
    ],
    (key) => look(deps, key),
    (error) => log.error({ error: messageOf(error) }, 'watcher failed; the resync goes on'),
  );
  for (const file of deps.store.damaged)
    log.error({ file }, 'status cannot be read: it was put aside, and its run is seen anew');
  await resync(deps);
  const reconcile = makeTestRunReconciler({ ...deps, wake: queue.add });
  const loops = [
    every({ ms: RESYNC_MS, run: () => resync(deps) }, deps.log, signal),
    every({ ms: REAP_MS, run: () => sweep(deps) }, deps.log, signal),
    watchSwarm(deps, signal),
  ];
  signal.addEventListener('abort', queue.close, { once: true });
  log.info({ runs: deps.store.statuses().length, maxTests: deps.maxTests }, 'controller started');
  if (signal.aborted) queue.close();
  await runReconciler(reconcile, WORKERS, { queue, log, counted: deps.counted });
  informer.close();
  await Promise.all(loops);
  log.info({}, 'controller stopped');
}

/** A file of that name changed: a run's, or a RecipeSpec that refused runs wait for. */
function look({ queue, store }: ControllerDeps, key: string): void {
  queue.add(key);
  for (const { metadata, status } of store.statuses())
    if (status.phase === 'Refused') queue.add(metadata.name);
}

async function resync({ queue, store }: ControllerDeps): Promise<void> {
  const specs = new Set(await store.specNames());
  for (const name of specs) if (store.status(name)?.status.finishedAt == null) queue.add(name);
  // A finished run is looked at again only when its document is gone.
  for (const { metadata, status } of store.statuses())
    if (status.finishedAt === null || !specs.has(metadata.name)) queue.add(metadata.name);
}

async function sweep(deps: ControllerDeps): Promise<void> {
  await reap({ ...deps, minAgeMs: deps.reapMinAgeMs }, { dryRun: false });
}

async function every(
  { ms, run }: { ms: number; run: () => Promise<void> },
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await delay(ms, undefined, { signal });
      await run();
    } catch (error) {
      if (!signal.aborted) log.warn({ error: messageOf(error) }, 'periodic work failed; it is tried again');
    }
  }
}

async function watchSwarm(deps: ControllerDeps, signal: AbortSignal): Promise<void> {
  await deps.swarm.watch((stack) => {
    for (const { metadata, status } of deps.store.statuses()) {
      if (status.finishedAt === null && status.app !== null && (stack === null || status.app.stack === stack))
        deps.queue.add(metadata.name);
    }
  }, signal);
}

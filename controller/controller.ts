/** The controllers of this process, and what tells each of them where to look. */
import { once } from 'node:events';
import { join } from 'node:path';
import { durationMs } from './api/primitives.ts';
import type { TestRunStatusBody } from './api/test-run-status.ts';
import { isTrue } from './domain/run/conditions.ts';
import type { Clock, Records, Server, Servers, Stages } from './ports.ts';
import { sayingFailures } from './reconcilers/failure.ts';
import { reap } from './reconcilers/reaper.ts';
import { makeTestRunReconciler } from './reconcilers/testrun.ts';
import {
  type Controller,
  type Controllers,
  every,
  type Key,
  keyOf,
  makeControllers,
  type Source,
} from './runtime/controllers.ts';
import { messageOf } from './runtime/errors.ts';
import type { Log } from './runtime/log.ts';
import type { Pulse } from './runtime/pulse.ts';
import { makeWorkQueue, type WorkQueue } from './runtime/work-queue.ts';
import type { FileStore } from './store/file-store.ts';
import { makeRewritten } from './store/rewritten.ts';
import { startInformer } from './store/informer.ts';
import { strayNames } from './store/spec-files.ts';
import type { Layout } from './store/layout.ts';

export type RunKey = Key<'testrun'>;
export const runKey = (name: string): RunKey => keyOf('testrun', name);

export interface ControllerDeps {
  readonly layout: Layout;
  readonly recipesDir: string;
  readonly store: FileStore;
  readonly servers: Servers;
  readonly stages: Stages;
  readonly records: Records;
  /** Of runs; whoever starts their processes adds to it when one ends. */
  readonly queue: WorkQueue<RunKey>;
  readonly clock: Clock;
  readonly log: Log;
  readonly key: string;
  readonly maxTests: number;
  readonly reapMinAgeMs: number;
  readonly newUid: () => string;
  /** Why there is no room for another run, or ''. */
  readonly room?: () => Promise<string>;
  readonly counted?: (key: Key) => void;
  /** Adds what people reach the controller by; resolves with how to wait for its end. */
  readonly openDoors?: (controllers: Controllers) => Promise<() => Promise<void>>;
  readonly pulse?: Pulse;
}

/** The watcher may miss something; this may not. */
const RESYNC_MS = durationMs('30s');
const REAP_MS = durationMs('30s');
/** Several runs at once: none of them waits for another's slow Docker call. */
const WORKERS = 4;

/** Works until the signal. What runs then goes on by itself; the next controller observes it. */
export async function runController(deps: ControllerDeps, signal: AbortSignal): Promise<void> {
  const { log, store, maxTests } = deps;
  for (const file of store.damaged)
    log.error({ file }, 'status cannot be read: it was put aside, and its run is seen anew');
  const controllers = makeControllers(deps);
  controllers.addController(testRuns(deps));
  controllers.addController(reaper(deps));
  const closed = await deps.openDoors?.(controllers);
  const ended = await controllers.start(signal);
  log.info({ runs: store.statuses().length, maxTests }, 'controller started');
  await Promise.all([ended(), closed?.()]);
  log.info({}, 'controller stopped');
}

function testRuns(deps: ControllerDeps): Controller<RunKey> {
  const runDeps = { ...deps, wake: (name: string) => deps.queue.add(runKey(name)) };
  return {
    name: 'testrun',
    reconcile: sayingFailures(runDeps, makeTestRunReconciler(runDeps)),
    queue: deps.queue,
    sources: [
      files(deps),
      ...deps.servers.all().map((server) => swarmEvents(server, deps.store)),
      resync(deps),
      rewrites(deps),
    ],
    workers: WORKERS,
  };
}

function reaper(deps: ControllerDeps): Controller<Key<'reaper'>> {
  return {
    name: 'reaper',
    reconcile: async () => {
      await reap({ ...deps, minAgeMs: deps.reapMinAgeMs }, { dryRun: false });
      return { requeueAfterMs: null };
    },
    queue: makeWorkQueue(),
    sources: [every(REAP_MS, () => [keyOf('reaper', 'orphans')])],
    workers: 1,
  };
}

// ---------------------------------------------------------------- what tells of runs

/** A file of a run changed, or a RecipeSpec that runs wait for. */
function files(deps: ControllerDeps): Source<RunKey> {
  const { layout, recipesDir } = deps;
  return async ({ add, log, signal }) => {
    const wakeWaiting = async (recipe: string): Promise<void> => {
      for (const name of await waitingFor(deps, recipe)) add(runKey(name));
    };
    const informer = await startInformer(
      [
        { folder: layout.testruns, ending: '.yaml', of: 'run' },
        { folder: layout.signals, ending: '', of: 'run' },
        { folder: recipesDir, ending: '.yaml', of: 'recipe' },
      ],
      (name, { of }) => (of === 'run' ? add(runKey(name)) : void wakeWaiting(name)),
      (error) => log.error({ error: messageOf(error) }, 'watcher failed; the resync goes on'),
    );
    return async () => {
      if (!signal.aborted) await once(signal, 'abort');
      await informer.close();
    };
  };
}

/** The runs that cannot be taken on because of that recipe's file. */
async function waitingFor({ store }: ControllerDeps, recipe: string): Promise<string[]> {
  const names = store
    .statuses()
    .filter(({ status }) => mayWaitForRecipe(status))
    .map(({ metadata }) => metadata.name);
  const waiting: string[] = [];
  for (const name of names) if ((await recipeOf(store, name)) === recipe) waiting.push(name);
  return waiting;
}

function mayWaitForRecipe({ phase, begunAt, finishedAt, conditions }: TestRunStatusBody): boolean {
  if (begunAt !== null || finishedAt !== null) return false;
  return phase === 'Refused' || isTrue(conditions, 'ReconcileFailed');
}

/** Null where the document does not say it: what it waits for is another document then. */
async function recipeOf(store: FileStore, name: string): Promise<string | null> {
  try {
    const { spec } = await store.get(name);
    return spec?.parsed.ok === true ? spec.parsed.value.spec.recipe : null;
  } catch {
    // Its own reconcile says why it cannot be read.
    return null;
  }
}

function swarmEvents({ swarm, name }: Server, store: FileStore): Source<RunKey> {
  return async ({ add, signal }) => {
    const ended = swarm.watch((stack) => {
      for (const { metadata, status } of store.statuses()) {
        if (status.finishedAt !== null || status.app === null || status.server !== name) continue;
        if (stack === null || status.app.stack === stack) add(runKey(metadata.name));
      }
    }, signal);
    return () => ended;
  };
}

/** All that may need something, at the start and then again and again. */
function resync(deps: ControllerDeps): Source<RunKey> {
  const sayStrays = strayTeller(deps);
  const list = async (): Promise<RunKey[]> => {
    await sayStrays();
    return unsettled(deps);
  };
  return async (feed) => {
    for (const key of await list()) feed.add(key);
    return every(RESYNC_MS, list)(feed);
  };
}

/** Runs that are over and whose document was written since; ten thousand files are read for it, beside all else. */
function rewrites({ layout, store }: ControllerDeps): Source<RunKey> {
  const rewritten = makeRewritten(layout);
  return every(RESYNC_MS, async () => (await rewritten(store.statuses())).map(runKey), 0);
}

/** Says once of each file that it is not read, though it looks like a document. */
function strayTeller({ layout, recipesDir, log }: ControllerDeps): () => Promise<void> {
  const said = new Set<string>();
  return async () => {
    for (const folder of [layout.testruns, recipesDir])
      for (const name of await strayNames(folder)) {
        const file = join(folder, name);
        if (!said.has(file)) log.warn({ file }, 'not read: the name of a document ends in .yaml');
        said.add(file);
      }
  };
}

async function unsettled({ store }: ControllerDeps): Promise<RunKey[]> {
  const specs = new Set(await store.specNames());
  const isNew = (name: string): boolean => store.status(name) === null;
  // A finished run is looked at again only when its document is or was gone, or if something about it failed.
  const open = store
    .statuses()
    .filter(
      ({ metadata, status }) =>
        status.finishedAt === null ||
        status.deletedAt !== null ||
        !specs.has(metadata.name) ||
        isTrue(status.conditions, 'ReconcileFailed'),
    )
    .map(({ metadata }) => metadata.name);
  return [...[...specs].filter(isNew), ...open].map(runKey);
}

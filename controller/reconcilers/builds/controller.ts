/** The controller of builds, and what tells it where to look. */
import { durationMs } from '../../api/primitives.ts';
import type { TestRunStatus } from '../../api/test-run-status.ts';
import { type Controller, type Key, keyOf, type Source } from '../../runtime/controllers.ts';
import { makeWorkQueue } from '../../runtime/work-queue.ts';
import { follow } from '../../store/feed.ts';
import { type BuildsDeps, isShown, makeBuildReconciler } from './reconcile.ts';

export type BuildKey = Key<'build'>;

/** One that asks for a build may wait a minute and a half for the answer. */
const WORKERS = 4;
/** What ended before a controller did may still have a build that waits. */
const LATELY_MS = durationMs('24h');

/** Where Drone is configured; without it, no controller of this kind is added. */
export function buildsController(deps: BuildsDeps): Controller<BuildKey> {
  return {
    name: 'builds',
    reconcile: makeBuildReconciler(deps),
    queue: makeWorkQueue<BuildKey>(),
    sources: [changedRuns(deps), openRuns(deps)],
    workers: WORKERS,
  };
}

function changedRuns({ store }: BuildsDeps): Source<BuildKey> {
  return async ({ add, signal }) => {
    const ended = follow(store.feed, signal, (changed) => {
      const names = changed === 'all' ? store.statuses().map(({ metadata }) => metadata.name) : changed;
      for (const name of names) if (isOfUs(store.status(name))) add(keyOf('build', name));
    });
    return () => ended;
  };
}

function isOfUs(document: TestRunStatus | null): boolean {
  return document !== null && isShown(document.status);
}

/** Once, at the start: from then on the feed tells of what changes, and each look says when to look again. */
function openRuns({ store, clock }: BuildsDeps): Source<BuildKey> {
  return async ({ add }) => {
    const since = clock.now().getTime() - LATELY_MS;
    for (const { metadata, status } of store.statuses()) {
      const isRecent = status.finishedAt === null || Date.parse(status.finishedAt) >= since;
      if (isRecent && isShown(status)) add(keyOf('build', metadata.name));
    }
    return () => Promise.resolve();
  };
}

/** The controller of reports, and what tells it where to look. */
import { mkdir } from 'node:fs/promises';
import { once } from 'node:events';
import { durationMs } from '../../api/primitives.ts';
import type { TestRunBody } from '../../api/test-run.ts';
import { pullNameOf } from '../../domain/trigger/names.ts';
import { type Controller, every, keyOf, type Source } from '../../runtime/controllers.ts';
import { messageOf } from '../../runtime/errors.ts';
import { makeWorkQueue } from '../../runtime/work-queue.ts';
import { follow } from '../../store/feed.ts';
import { startInformer } from '../../store/informer.ts';
import type { ReportDeps, PullKey } from './deps.ts';
import { reportedRun } from './observe.ts';
import { makeReporter } from './reconcile.ts';

/** Pull requests at once: none of them waits for another's slow answer, and the forge is not stormed. */
const WORKERS = 4;
const RESYNC_MS = durationMs('1m');

export function reportController(deps: ReportDeps): Controller<PullKey> {
  return {
    name: 'report',
    reconcile: makeReporter(deps),
    queue: makeWorkQueue<PullKey>(),
    sources: [changedPulls(deps), changedRuns(deps), resync(deps)],
    workers: WORKERS,
  };
}

/** What the bridge writes of pull requests. */
function changedPulls({ layout }: ReportDeps): Source<PullKey> {
  return async ({ add, log, signal }) => {
    await mkdir(layout.pulls, { recursive: true });
    const informer = await startInformer(
      [{ folder: layout.pulls, ending: '.json' }],
      (name) => add(keyOf('pull', name)),
      (error) =>
        log.error({ error: messageOf(error) }, 'watcher of pull requests failed; the resync goes on'),
    );
    return async () => {
      if (!signal.aborted) await once(signal, 'abort');
      await informer.close();
    };
  };
}

function changedRuns(deps: ReportDeps): Source<PullKey> {
  return ({ add, log, signal }) => {
    const ended = follow(deps.store.feed, signal, async (changed) => {
      try {
        for (const pull of await pullsOf(deps, changed === 'all' ? deps.store.seenNames() : changed))
          add(keyOf('pull', pull));
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'a changed run cannot be read; the resync goes on');
      }
    });
    return Promise.resolve(() => ended);
  };
}

async function pullsOf(deps: ReportDeps, runs: Iterable<string>): Promise<Set<string>> {
  const pulls = new Set<string>();
  for (const run of runs) for (const pull of await pullsOfRun(deps, run)) pulls.add(pull);
  return pulls;
}

/** Those whose comments speak of the run. */
async function pullsOfRun(deps: ReportDeps, name: string): Promise<string[]> {
  const spec = await specOf(deps, name);
  if (spec === null) return [];
  if (spec.trigger.kind === 'comment' && spec.source.pr !== undefined)
    return [pullNameOf(spec.recipe, spec.source.pr)];
  if (spec.trigger.kind !== 'reference') return [];
  const names = await deps.pulls.names();
  return names.filter((pull) => pull === pullNameOf(spec.recipe, Number(/\d+$/.exec(pull)?.[0])));
}

async function specOf(deps: ReportDeps, name: string): Promise<TestRunBody | null> {
  return deps.store.status(name)?.status.accepted?.run ?? (await reportedRun(deps, name))?.spec ?? null;
}

/** All at the start, and then those that something is still to be said of. */
function resync(deps: ReportDeps): Source<PullKey> {
  return async (feed) => {
    for (const name of await deps.pulls.names()) feed.add(keyOf('pull', name));
    return every(RESYNC_MS, () => unsaid(deps))(feed);
  };
}

async function unsaid(deps: ReportDeps): Promise<PullKey[]> {
  const isOpen = (name: string): boolean => deps.store.status(name)?.status.finishedAt == null;
  const open = await pullsOf(deps, deps.store.seenNames().filter(isOpen));
  const keys: PullKey[] = [];
  for (const name of await deps.pulls.names())
    if (open.has(name) || (await isUnsaid(deps, name))) keys.push(keyOf('pull', name));
  return keys;
}

async function isUnsaid({ pullReports }: ReportDeps, name: string): Promise<boolean> {
  const document = await pullReports.get(name);
  return document === null || document.status.conditions.some(({ status }) => status !== 'True');
}

/**
 * Removes, continuously, what bears our name and our mark and belongs to no live run.
 * Judges by a fresh list, re-reads each thing and the live runs just before its removal, and says why for each.
 */
import {
  type LocalOrphan,
  localOrphansOf,
  type Orphan,
  type OrphanReport,
  orphansOf,
} from '../domain/run/orphans.ts';
import type { NamesOf } from '../domain/run/status-of.ts';
import type { Clock, Stages, Store, Swarm } from '../ports.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';

export interface ReaperDeps {
  readonly store: Pick<Store, 'statuses'>;
  readonly swarm: Pick<Swarm, 'things' | 'ensureAbsent'>;
  readonly stages: Pick<Stages, 'owners' | 'ensureLocalAbsent'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly names: NamesOf;
  readonly minAgeMs: number;
}

export interface ReapReport extends OrphanReport {
  readonly local: readonly LocalOrphan[];
  /** What was removed, or would be in a dry run: `<kind> <name>: <reason>`. */
  readonly removed: readonly string[];
  readonly failed: readonly string[];
}

export async function reap(deps: ReaperDeps, options: { dryRun: boolean }): Promise<ReapReport> {
  const report = await judgeSwarm(deps);
  const local = await judgeLocal(deps);
  const removed: string[] = [];
  const failed: string[] = [];
  for (const orphan of report.orphans) {
    const line = `${orphan.thing.kind} ${orphan.thing.name}: ${orphan.reason}`;
    await attempt(deps, {
      line,
      dryRun: options.dryRun,
      removed,
      failed,
      isStill: () => !liveStacks(deps).has(orphan.stack),
      remove: () => removeOrphan(deps, orphan),
    });
  }
  for (const { owner, reason } of local) {
    const line = `${owner.what.join(', ')}: ${reason}`;
    await attempt(deps, {
      line,
      dryRun: options.dryRun,
      removed,
      failed,
      isStill: () => !liveUids(deps).has(owner.uid),
      remove: () => deps.stages.ensureLocalAbsent(owner.uid),
    });
  }
  deps.log.info(
    {
      seen: report.seen,
      ours: report.ours,
      young: report.young,
      removed: removed.length,
      failed: failed.length,
      dryRun: options.dryRun,
    },
    'reaped',
  );
  return { ...report, local, removed, failed };
}

interface Attempt {
  readonly line: string;
  readonly dryRun: boolean;
  readonly removed: string[];
  readonly failed: string[];
  readonly isStill: () => boolean;
  readonly remove: () => Promise<void>;
}

/** One that cannot go must not keep the others. */
async function attempt(deps: ReaperDeps, each: Attempt): Promise<void> {
  if (!each.isStill()) return;
  try {
    if (!each.dryRun) await each.remove();
    each.removed.push(each.line);
    deps.log.info({ what: each.line, dryRun: each.dryRun }, 'orphan removed');
  } catch (error) {
    each.failed.push(`${each.line}; ${messageOf(error)}`);
    deps.log.warn({ what: each.line, error: messageOf(error) }, 'orphan stays');
  }
}

function removeOrphan(deps: ReaperDeps, orphan: Orphan): Promise<void> {
  return deps.swarm.ensureAbsent(orphan.thing);
}

function isLive(status: { finishedAt: string | null }): boolean {
  return status.finishedAt === null;
}

function liveStacks({ store }: ReaperDeps): Set<string> {
  return new Set(
    store
      .statuses()
      .flatMap(({ status }) => (isLive(status) && status.app !== null ? [status.app.stack] : [])),
  );
}

function liveUids({ store }: ReaperDeps): Set<string> {
  return new Set(store.statuses().flatMap(({ status }) => (isLive(status) ? [status.uid] : [])));
}

async function judgeSwarm(deps: ReaperDeps): Promise<OrphanReport> {
  const things = await deps.swarm.things();
  // The live runs are read after the things: a run that began in between is live.
  return orphansOf({
    things,
    liveStacks: liveStacks(deps),
    zone: deps.names.zone,
    key: deps.names.key,
    now: deps.clock.now(),
    minAgeMs: deps.minAgeMs,
  });
}

async function judgeLocal(deps: ReaperDeps): Promise<LocalOrphan[]> {
  const owners = await deps.stages.owners();
  return localOrphansOf({
    owners,
    liveUids: liveUids(deps),
    now: deps.clock.now(),
    minAgeMs: deps.minAgeMs,
  });
}

/**
 * Removes, continuously, what bears our name and our mark and belongs to no live run.
 * Judges by a fresh list, re-reads each thing and the live runs just before its removal, and says why for each.
 */
import { type LocalOrphan, localOrphansOf, type OrphanReport, orphansOf } from '../domain/run/orphans.ts';
import type { Clock, Server, Servers, Stages, Store, Swarm } from '../ports.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';

type ReapedSwarm = Pick<Swarm, 'things' | 'ensureAbsent'>;

export interface ReaperDeps {
  readonly store: Pick<Store, 'statuses'>;
  readonly servers: Servers<ReapedSwarm>;
  readonly stages: Pick<Stages, 'owners' | 'ensureLocalAbsent'>;
  readonly clock: Clock;
  readonly log: Log;
  /** This installation's: it proves that a name is ours. */
  readonly key: string;
  readonly minAgeMs: number;
}

export interface ReapReport extends OrphanReport {
  readonly local: readonly LocalOrphan[];
  /** What was removed, or would be in a dry run: `<kind> <name>: <reason>`. */
  readonly removed: readonly string[];
  readonly failed: readonly string[];
}

/** A server that does not answer keeps nothing on the others; the error is thrown when those are done. */
export async function reap(deps: ReaperDeps, options: { dryRun: boolean }): Promise<ReapReport> {
  const done: Done = { dryRun: options.dryRun, removed: [], failed: [] };
  const reports: OrphanReport[] = [];
  const problems: unknown[] = [];
  for (const server of deps.servers.all()) {
    try {
      reports.push(await reapServer(deps, server, done));
    } catch (error) {
      deps.log.warn({ server: server.name, error: messageOf(error) }, 'orphans not seen');
      problems.push(error);
    }
  }
  const local = await reapLocal(deps, done);
  if (problems.length > 0) throw problems[0];
  const sum = (count: 'seen' | 'ours' | 'young'): number =>
    reports.reduce((total, report) => total + report[count], 0);
  const counts = { seen: sum('seen'), ours: sum('ours'), young: sum('young') };
  const { removed, failed, dryRun } = done;
  deps.log.info({ ...counts, removed: removed.length, failed: failed.length, dryRun }, 'reaped');
  return { ...counts, orphans: reports.flatMap(({ orphans }) => orphans), local, removed, failed };
}

async function reapServer(
  deps: ReaperDeps,
  { swarm }: Server<ReapedSwarm>,
  done: Done,
): Promise<OrphanReport> {
  const report = await judgeSwarm(deps, swarm);
  for (const { thing, stack, reason } of report.orphans) {
    await attempt(deps, done, {
      line: `${thing.kind} ${thing.name}: ${reason}`,
      isStill: () => !liveStacks(deps).has(stack),
      remove: () => swarm.ensureAbsent(thing),
    });
  }
  return report;
}

async function reapLocal(deps: ReaperDeps, done: Done): Promise<LocalOrphan[]> {
  const local = await judgeLocal(deps);
  for (const { owner, reason } of local) {
    await attempt(deps, done, {
      line: `${owner.what.join(', ')}: ${reason}`,
      isStill: () => !liveUids(deps).has(owner.uid),
      remove: () => deps.stages.ensureLocalAbsent(owner.uid),
    });
  }
  return local;
}

/** What became of it so far. */
interface Done {
  readonly dryRun: boolean;
  readonly removed: string[];
  readonly failed: string[];
}

interface Attempt {
  readonly line: string;
  readonly isStill: () => boolean;
  readonly remove: () => Promise<void>;
}

/** One that cannot go must not keep the others. */
async function attempt(deps: ReaperDeps, done: Done, each: Attempt): Promise<void> {
  if (!each.isStill()) return;
  try {
    if (!done.dryRun) await each.remove();
    done.removed.push(each.line);
    deps.log.info({ what: each.line, dryRun: done.dryRun }, 'orphan removed');
  } catch (error) {
    done.failed.push(`${each.line}; ${messageOf(error)}`);
    deps.log.warn({ what: each.line, error: messageOf(error) }, 'orphan stays');
  }
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

async function judgeSwarm(deps: ReaperDeps, swarm: ReapedSwarm): Promise<OrphanReport> {
  const things = await swarm.things();
  // The live runs are read after the things: a run that began in between is live.
  return orphansOf({
    things,
    liveStacks: liveStacks(deps),
    key: deps.key,
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

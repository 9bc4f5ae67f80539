/** The swarm behind `apps`, `orphans`, `reap` and the tasks of `describe`: the same judgement and the same removals as the controller's. */
import type { Cluster, LiveApp, Orphan, TaskRow } from '../views/cluster.ts';
import { DEFAULT_SERVER } from '../api/primitives.ts';
import type { TestRunStatus } from '../api/test-run-status.ts';
import type { Config } from '../config.ts';
import { ourStackOfAnyZone } from '../domain/run/names.ts';
import type { Clock, Stages, Swarm, TaskSeen, Thing } from '../ports.ts';
import { reap, type ReaperDeps } from '../reconcilers/reaper.ts';
import { messageOf } from '../runtime/errors.ts';
import { makeServers } from '../runtime/servers.ts';
import { silentLog } from '../runtime/log.ts';
import { readIfThere } from '../store/atomic.ts';
import { makeLayout, type Layout } from '../store/layout.ts';
import { readStatusesNow, StatusUnreadable } from '../store/status-files.ts';
import { Refusal } from '../views/refusal.ts';

export interface ClusterDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly swarm: Swarm;
  /** Local leftovers need this installation's key to tell whose they are. */
  readonly stagesFor: (key: string) => Pick<Stages, 'owners' | 'ensureLocalAbsent'>;
}

/** Without a key nothing on the swarm can be proven to be ours, so nothing is. */
async function keyOf(layout: Layout): Promise<string | null> {
  return (await readIfThere(layout.keyFile))?.trim() ?? null;
}

async function reachable<T>(config: Config, question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof StatusUnreadable)
      throw new Refusal('failed', error.message, {
        next: 'Start the controller, which repairs it, or move the file away; then try again.',
        cause: error,
      });
    throw new Refusal('unreachable', messageOf(error), {
      next: `Start Docker, or set CCCI_DOCKER_HOST (now ${config.dockerHost}); \`ccci-ctl doctor --check docker\` looks closer.`,
      cause: error,
    });
  }
}

interface Ready extends ClusterDeps {
  readonly layout: Layout;
  readonly key: string | null;
}

function reaperOf(ready: Ready & { readonly key: string }): ReaperDeps {
  const { config, swarm, clock, layout, key } = ready;
  return {
    store: { statuses: () => readStatusesNow(layout) },
    servers: makeServers([
      {
        name: DEFAULT_SERVER,
        swarm,
        zone: config.zone,
        dockerHost: config.dockerHost,
        abraServer: 'default',
      },
    ]),
    stages: ready.stagesFor(key),
    clock,
    log: silentLog,
    key,
    minAgeMs: config.reapMinAgeMs,
  };
}

async function reaped(ready: Ready, options: { dryRun: boolean }) {
  const { key } = ready;
  if (key !== null) return reap(reaperOf({ ...ready, key }), options);
  const things = await ready.swarm.things();
  return { seen: things.length, ours: 0, young: 0, orphans: [], local: [], removed: [], failed: [] };
}

async function orphans(ready: Ready): Promise<Orphan[]> {
  const report = await reaped(ready, { dryRun: true });
  return [
    ...report.orphans.map(({ thing, stack, reason }) => ({
      thing: thing.kind,
      name: thing.name,
      stack,
      createdAt: thing.createdAt,
      reason,
    })),
    ...report.local.map(({ owner, reason }) => ({
      thing: 'local',
      name: owner.uid,
      stack: '',
      createdAt: owner.since,
      reason: `${owner.what.join(', ')}: ${reason}`,
    })),
  ];
}

async function apps({ swarm, layout, key }: Ready): Promise<LiveApp[]> {
  const things = await swarm.things();
  if (key === null) return [];
  const stacks = Map.groupBy(
    things.flatMap((thing) => {
      const stack = ourStackOfAnyZone(thing, key);
      return stack === null ? [] : [{ stack, thing }];
    }),
    ({ stack }) => stack,
  );
  const statuses = readStatusesNow(layout);
  return [...stacks].map(([stack, found]) =>
    appOf(
      stack,
      found.map(({ thing }) => thing),
      statuses,
    ),
  );
}

function appOf(stack: string, things: readonly Thing[], statuses: readonly TestRunStatus[]): LiveApp {
  const owner = statuses.find(({ status }) => status.app?.stack === stack);
  return {
    stack,
    domain: owner?.status.app?.domain ?? '',
    run: owner?.metadata.name ?? null,
    services: things.filter((thing) => thing.kind === 'service').length,
    things: things.length,
    createdAt: new Date(Math.min(...things.map((thing) => thing.createdAt.getTime()))),
  };
}

function rowOf(service: string, task: TaskSeen): TaskRow {
  const { state, desired, exitCode, health, error } = task;
  return { service, state, desired, exitCode, health, error };
}

export async function makeCluster(deps: ClusterDeps): Promise<Cluster> {
  const layout = makeLayout(deps.config.stateDir);
  const ready: Ready = { ...deps, layout, key: await keyOf(layout) };
  const ask = <T>(question: () => Promise<T>): Promise<T> => reachable(deps.config, question);
  return {
    apps: () => ask(() => apps(ready)),
    orphans: () => ask(() => orphans(ready)),
    reap: (options) => ask(() => reaped(ready, options)),
    tasks: (stack) =>
      ask(async () => {
        const { services } = await deps.swarm.observe(stack);
        return services.flatMap((service) => service.tasks.map((task) => rowOf(service.name, task)));
      }),
  };
}

/** Whether the services of a stack run their newest spec, or never will. Pure. */
import type { ServiceSeen, StackSeen, TaskSeen } from './swarm.ts';

export type ServiceVerdict = {
  name: string;
  state: 'waiting' | 'settled' | 'failed' | 'stuck';
  /** One line for a person: what is running, what went wrong. */
  says: string;
};

const FAILED = new Set(['failed', 'rejected', 'orphaned']);

/** Swarm's own words for "this task is meant to live". */
const MEANT_TO_RUN = new Set(['running', 'ready']);

function latest(tasks: readonly TaskSeen[]): TaskSeen | undefined {
  return [...tasks].sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1)).at(-1);
}

/**
 * Whether a task runs the newest spec. Swarm clears the update status with every new spec, so `completed`
 * speaks of this one (measured on 20.10).
 */
function isCurrent(service: ServiceSeen, task: TaskSeen): boolean {
  return !service.hasPrevious || service.update.state === 'completed' || task.template === service.template;
}

type Counts = { wanted: number; running: number; stale: number; alive: number };

function countsOf(service: ServiceSeen, tasks: readonly TaskSeen[]): Counts {
  const current = tasks.filter((task) => isCurrent(service, task));
  const meant = current.filter((task) => MEANT_TO_RUN.has(task.desired));
  return {
    wanted: service.replicas ?? Math.max(1, meant.length),
    running: meant.filter((task) => task.state === 'running').length,
    stale: tasks.filter((task) => !isCurrent(service, task) && task.desired === 'running').length,
    alive: tasks.filter((task) => MEANT_TO_RUN.has(task.desired)).length,
  };
}

/** Swarm's own delay before another task; whoever says a longer one wants the service to end, as cron does. */
const USUAL_DELAY_MS = 5_000;

/** A periodic service that ended well, and whose next task waits for its time. */
function isResting(service: ServiceSeen, tasks: readonly TaskSeen[]): boolean {
  const { condition, delayMs } = service.restart;
  if (condition !== 'any' || delayMs <= USUAL_DELAY_MS) return false;
  const [last, before] = tasks.filter((task) => isCurrent(service, task)).sort(newestFirst);
  const ended = last?.desired === 'ready' ? before : last;
  return ended?.state === 'complete';
}

const newestFirst = (a: TaskSeen, b: TaskSeen): number => (a.createdAt < b.createdAt ? 1 : -1);

/** States that a task does not leave. */
const OVER = new Set([...FAILED, 'complete', 'shutdown', 'remove']);

/** A job is done when the tasks of its last execution are complete: as many as it says, or one on each node. */
function judgeJob(service: ServiceSeen, tasks: readonly TaskSeen[]): ServiceVerdict {
  const { name } = service;
  const own = tasks.filter(({ job }) => job === service.job);
  const done = new Set(own.filter(({ state }) => state === 'complete').map(({ node, slot }) => `${node} ${slot}`)).size;
  const nodes = new Set(own.map(({ node }) => node)).size;
  const wanted = service.replicas ?? Math.max(1, nodes);
  const failures = own.filter(({ state }) => FAILED.has(state));
  const error = latest(failures)?.error ?? '';
  const line = `${done}/${wanted} complete${failures.length === 0 ? '' : `, ${failures.length} failed, last error: ${error}`}`;
  if (done >= wanted) return { name, state: 'settled', says: line };
  const isOver = own.length > 0 && own.every(({ state }) => OVER.has(state)) && failures.length > 0;
  return isOver
    ? { name, state: 'stuck', says: `${line}; it is not started again` }
    : { name, state: 'waiting', says: line };
} // oxfmt-ignore

/** A one-shot service (restart `none` or `on-failure`) that ended well has nothing left to run. */
function isDone(service: ServiceSeen, tasks: readonly TaskSeen[]): boolean {
  if (service.restart.condition === 'any') return false;
  const last = latest(tasks.filter((task) => isCurrent(service, task)));
  return last?.state === 'complete';
}

function says(counts: Counts, tasks: readonly TaskSeen[]): string {
  const failures = tasks.filter((task) => FAILED.has(task.state));
  const parts = [`${counts.running}/${counts.wanted} running`];
  if (counts.stale > 0) parts.push(`${counts.stale} of the old version still there`);
  const state = latest(tasks)?.state ?? 'pending';
  if (counts.running < counts.wanted) parts.push(state);
  const reason = latest(failures)?.error || latest(tasks)?.error;
  if (failures.length > 0) parts.push(`${failures.length} failed`);
  if (reason) parts.push(`last error: ${reason}`);
  return parts.join(', ');
}

/** Update states that never lead to the new version by themselves (docs/abra.md, 5). */
function updateFailure({ update }: ServiceSeen): string | undefined {
  if (update.state.startsWith('rollback')) return `the swarm rolled the update back: ${update.message}`;
  if (update.state === 'paused') return `the swarm paused the update: ${update.message}`;
  return undefined;
}

/** Running as wanted, with nothing of the old spec left and no update under way. */
function isSettled({ update }: ServiceSeen, counts: Counts): boolean {
  const still = update.state === '' || update.state === 'completed';
  return still && counts.stale === 0 && counts.running >= counts.wanted;
}

function judgeService(service: ServiceSeen, tasks: readonly TaskSeen[]): ServiceVerdict {
  if (service.job !== undefined) return judgeJob(service, tasks);
  const { name } = service;
  const counts = countsOf(service, tasks);
  const broken = updateFailure(service);
  if (broken) return { name, state: 'failed', says: `${broken}; ${says(counts, tasks)}` };
  if (isDone(service, tasks)) return { name, state: 'settled', says: 'ran to its end' };
  if (isResting(service, tasks)) return { name, state: 'settled', says: 'ran, and waits for its next time' };
  const line = says(
    counts,
    tasks.filter((task) => isCurrent(service, task)),
  );
  if (isSettled(service, counts)) return { name, state: 'settled', says: line };
  const stuck = tasks.length > 0 && counts.alive === 0 && counts.wanted > 0;
  return stuck
    ? { name, state: 'stuck', says: `${line}; it is not restarted` }
    : { name, state: 'waiting', says: line };
}

/** Every service of the stack, judged by the tasks of its newest spec. Pure. */
export function judge(seen: StackSeen): ServiceVerdict[] {
  return seen.services.map((service) =>
    judgeService(
      service,
      seen.tasks.filter((task) => task.serviceId === service.id),
    ),
  );
}

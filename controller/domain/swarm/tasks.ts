/** What a service's tasks say, one by one: of which spec, gone wrong, finished, good. Pure. */
import type { ServiceSeen, TaskSeen } from '../../ports.ts';

/** Since when failures count, and how many of them in which time are a crash loop. */
export interface Window {
  readonly since: Date;
  readonly crashLoop: { readonly restarts: number; readonly withinMs: number };
}

/** Without a health check, running is all there is: after a crash the next task must last this long. */
export const STEADY_MS = 10_000;
/** Swarm's own, which nobody means. */
const RESTART_DELAY_MS = 5_000;
/** Swarm makes the replacement in the same write that ends a task; none after this means that it gave up. */
const REPLACEMENT_MS = 10_000;

export function presentTasks(service: ServiceSeen): readonly TaskSeen[] {
  return service.tasks.filter(({ specVersion }) => specVersion === service.specVersion);
}

export function newestFirst(tasks: readonly TaskSeen[]): TaskSeen[] {
  return [...tasks].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
}

/** Ended by itself. `complete` is what a job or a periodic service is for; for a service that goes on it is an exit like any other. */
export function isBad(service: ServiceSeen, task: TaskSeen): boolean {
  if (task.state === 'complete') return !service.job && !isPeriodic(service) && !isFinished(service, task);
  if (task.state === 'shutdown') return task.error !== '';
  return task.state === 'failed' || task.state === 'rejected' || task.state === 'orphaned';
}

export function isNewestOfSlot(service: ServiceSeen, task: TaskSeen): boolean {
  return !service.tasks.some((other) => other.slot === task.slot && other.createdAt > task.createdAt);
}

/** Whoever says a longer delay than swarm's own wants the service to end and to be started again, as cron would. */
export function isPeriodic({ restart }: ServiceSeen): boolean {
  return restart?.condition === 'any' && restart.delayMs > RESTART_DELAY_MS;
}

/** A periodic service that ended well, and whose next task waits for its time. */
export function isResting(service: ServiceSeen, task: TaskSeen): boolean {
  if (!isPeriodic(service) || task.state !== 'complete') return false;
  const next = newestFirst(service.tasks.filter(({ slot }) => slot === task.slot))[0];
  return next === task || (next !== undefined && next.desired === 'ready' && isNextTo(service, task, next));
}

/** Nothing was made in between. */
function isNextTo(service: ServiceSeen, task: TaskSeen, next: TaskSeen): boolean {
  const between = (other: TaskSeen): boolean =>
    other.slot === task.slot && other.createdAt > task.createdAt && other.createdAt < next.createdAt;
  return !service.tasks.some(between);
}

/** A one-shot of `restart_policy: none` or `on-failure`: it did its work, and swarm wants no more of it. */
export function isFinished(service: ServiceSeen, task: TaskSeen): boolean {
  return task.state === 'complete' && task.desired === 'shutdown' && isNewestOfSlot(service, task);
}

/** No replacement was made: `restart_policy` forbids it, or `max_attempts` is used up. */
export function isGivenUp(service: ServiceSeen, task: TaskSeen, now: Date): boolean {
  const ended = task.desired === 'shutdown' && isNewestOfSlot(service, task);
  return ended && now.getTime() - task.updatedAt.getTime() > REPLACEMENT_MS;
}

/** Newest first; a task that was given up counts however long ago it ended, since nothing more will come of it. */
export function recentBad(service: ServiceSeen, window: Window, now: Date): readonly TaskSeen[] {
  const from = now.getTime() - window.crashLoop.withinMs;
  const counts = (task: TaskSeen) =>
    isBad(service, task) &&
    task.updatedAt >= window.since &&
    (task.updatedAt.getTime() >= from || isGivenUp(service, task, now));
  return newestFirst(presentTasks(service).filter(counts));
}

/**
 * Of the present spec, wanted, running, and healthy where a check exists.
 * A container on another node shows us no health; swarm says `running` there only once it was healthy.
 */
export function goodTasks(service: ServiceSeen, window: Window, now: Date): readonly TaskSeen[] {
  const crashed = recentBad(service, window, now).length > 0;
  const isGood = ({ health, updatedAt }: TaskSeen) => {
    if (service.hasHealthcheck) return health === 'healthy' || health === null;
    return !crashed || now.getTime() - updatedAt.getTime() >= STEADY_MS;
  };
  const wanted = presentTasks(service).filter(
    ({ state, desired }) => state === 'running' && desired === 'running',
  );
  return wanted.filter(isGood);
}

/** Services that were killed from outside: which may be, whether all of the app came back, and what to say where it did not. Pure. */
import type { ResilienceRow } from '../../api/stage-data.ts';
import type { Cause } from '../../api/stage.ts';
import type { ServiceSeen, StackSeen, TaskSeen, Thing } from '../../ports.ts';
import { type Convergence, convergenceOf, type Expected } from './convergence.ts';
import { isGivenUp, isNewestOfSlot, presentTasks, STEADY_MS } from './tasks.ts';
import { withNextStep } from '../causes/first-cause.ts';

/** A service that is to run for ever. */
export interface Killable {
  readonly service: string;
  /** Those that run on this node. */
  readonly tasks: ReadonlySet<string>;
  /** Of these tasks, by the stack's own label. */
  readonly containers: readonly Thing[];
}

const isUp = ({ state, desired }: TaskSeen): boolean => state === 'running' && desired === 'running';

/** No jobs, and no one-shots that have done their work. */
export function killableOf({ stack, services, things }: StackSeen): Killable[] {
  return services.flatMap(({ name, job, tasks }) => {
    const up = tasks.filter(isUp);
    if (job || up.length === 0) return [];
    const own = new Set(up.map(({ container }) => container));
    const containers = things.filter(
      (thing) => thing.kind === 'container' && thing.stack === stack && own.has(thing.id),
    );
    const here = up.filter(({ container }) => containers.some(({ id }) => id === container));
    return [{ service: name, tasks: new Set(here.map(({ id }) => id)), containers }];
  });
}

interface Moment {
  /** `since` is the moment before the kill. */
  readonly expected: Expected;
  readonly now: Date;
}

/**
 * Whether all of the stack runs again as asked.
 * The tasks that we ended ourselves are no crashes of the recipe's: they are only looked at for what swarm made of them.
 */
export function recoveryOf(seen: StackSeen, killed: Killable, { expected, now }: Moment): Convergence {
  const service = seen.services.find(({ name }) => name === killed.service);
  const unreplaced = service === undefined ? null : unreplacedOf(service, killed, now);
  if (unreplaced !== null) return unreplaced;
  const others = seen.services.map((each) => (each === service ? withoutKilled(each, killed) : each));
  const judged = convergenceOf({ ...seen, services: others }, expected, now);
  if (judged.state !== 'converged' || service === undefined || isSteady(service, now)) return judged;
  return converging(`service "${service.name}" to run for ${STEADY_MS / 1000} s without ending again`);
}

function unreplacedOf(service: ServiceSeen, { tasks }: Killable, now: Date): Convergence | null {
  const killed = service.tasks.filter(({ id }) => tasks.has(id));
  const gone = killed.find((task) => isGivenUp(service, task, now));
  if (gone !== undefined) return notReplaced(service, gone);
  if (killed.some((task) => isUp(task)))
    return converging(`swarm to see that service "${service.name}" was killed`);
  return killed.some((task) => isNewestOfSlot(service, task))
    ? converging(`another task of service "${service.name}"`)
    : null;
}

function converging(what: string): Convergence {
  return { state: 'converging', waitingFor: `Waiting for ${what}.`, fault: null, cause: null };
}

function notReplaced(service: ServiceSeen, task: TaskSeen): Convergence {
  const message = `Service "${service.name}" was killed once, and swarm starts no other task in its place.`;
  const cause: Cause = {
    reason: 'NotResilient',
    message,
    service: service.name,
    evidence: `task ${task.id}: ${task.error || task.state}`,
    nextStep:
      'Set `deploy.restart_policy.condition` to `any` or `on-failure`: with `none`, or with `max_attempts` used up, a crash ends the service for good.',
  };
  return { state: 'failed', waitingFor: message, fault: 'recipe', cause };
}

function withoutKilled(service: ServiceSeen, { tasks }: Killable): ServiceSeen {
  return { ...service, tasks: service.tasks.filter(({ id }) => !tasks.has(id)) };
}

/** Without a health check a task that ends a moment later looks like one that is well. */
function isSteady(service: ServiceSeen, now: Date): boolean {
  const running = presentTasks(service).filter(isUp);
  return (
    service.hasHealthcheck ||
    running.every(({ updatedAt }) => now.getTime() - updatedAt.getTime() >= STEADY_MS)
  );
}

/** What kept the app from coming back, as the outcome of the kill. */
export function notResilientCause(killed: string, cause: Cause): Cause {
  if (cause.reason === 'NotResilient') return cause;
  const { reason, message, evidence } = cause;
  return {
    ...withNextStep(cause),
    reason: 'NotResilient',
    service: cause.service ?? killed,
    message: `Service "${killed}" was killed once, and the app did not come back as it was: ${message}`,
    evidence: `${reason}${evidence === undefined ? '' : `: ${evidence}`}`,
  };
}

/** For people: `Each of 2 services was killed once and came back (app after 4.1 s, db after 7.3 s)`. */
export function resilienceText(rows: readonly ResilienceRow[]): string {
  const back = rows.filter(({ outcome }) => outcome === 'recovered');
  const each = back.map(({ service, seconds }) => `${service} after ${seconds} s`).join(', ');
  const who = rows.length === 1 ? 'The one service' : `Each of ${rows.length} services`;
  return `${who} was killed once and came back (${each})`;
}

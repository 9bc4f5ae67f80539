/**
 * Has the swarm become what was asked for? Judged by Docker's own state alone. Pure.
 *
 * A deploy that was accepted proves nothing: what counts is that every task of the *new* spec runs, is healthy
 * where it can say so, and that swarm did not quietly put the old version back.
 */
import type { Cause } from '../../api/stage.ts';
import type { ServiceSeen, StackSeen, TaskSeen } from '../../ports.ts';
import { failureOf, type Failure, type Fault, rollbackOf, sicknessOf } from './task-causes.ts';
import { orderOf } from '../causes/first-cause.ts';
import { stuckOf, taskless } from './stuck.ts';
import {
  goodTasks,
  isBad,
  isFinished,
  isGivenUp,
  isResting,
  newestFirst,
  presentTasks,
  recentBad,
  type Window,
} from './tasks.ts';

export interface Expected extends Window {
  /** A label that only the wanted version bears, on this service. `since` is the moment before the deploy. */
  readonly version?: { readonly label: string; readonly value: string; readonly service: string };
}

export interface Convergence {
  readonly state: 'converging' | 'converged' | 'failed';
  /** One sentence. */
  readonly waitingFor: string;
  readonly fault: Fault | null;
  /** While converging: what goes wrong so far, for the caller whose time runs out. */
  readonly cause: Cause | null;
}

/** Swarm repeats what cannot work; once may be a race with something that is just being made. */
const HOPELESS_TIMES = 2;
const HOPELESS = new Set([
  'ImageMissing',
  'SecretMissing',
  'ConfigMissing',
  'MountFailed',
  'CommandNotStarted',
  'SwarmAllocation',
]);
const BROKEN_UPDATE = new Set(['rollback_started', 'rollback_completed', 'rollback_paused', 'paused']);

export function convergenceOf(seen: StackSeen, expected: Expected, now: Date): Convergence {
  const moment = { expected, now };
  const troubles = seen.services.flatMap((service) => troubleOf(service, moment) ?? []);
  const failure = firstOf(troubles) ?? null;
  const told = { fault: failure?.fault ?? null, cause: failure?.cause ?? null };
  if (troubles.some(({ final }) => final))
    return { state: 'failed', waitingFor: told.cause?.message ?? '', ...told };
  const waits = waitsOf(seen, moment);
  if (waits.length > 0) return { state: 'converging', waitingFor: sentenceOf(waits), ...told };
  const waitingFor = `All services of stack "${seen.stack}" run as specified.`;
  return { state: 'converged', waitingFor, fault: null, cause: null };
}

interface Moment {
  readonly expected: Expected;
  readonly now: Date;
}

/** Something that goes wrong with a service; `final` once waiting longer makes no sense. */
interface Trouble {
  readonly service: ServiceSeen;
  readonly failure: Failure;
  readonly at: Date;
  readonly final: boolean;
  /** Only a health check that does not succeed yet, which beside a real failure says nothing. */
  readonly mild?: boolean;
}

function troubleOf(service: ServiceSeen, moment: Moment): Trouble | null {
  return (
    rollbackTrouble(service, moment) ??
    stuckTrouble(service, moment) ??
    crashTrouble(service, moment) ??
    healthTrouble(service)
  );
}

/**
 * Swarm names the task in the update's message. After the rollback the failed task is of an old spec again, so
 * that here the spec says nothing.
 */
function rollbackTrouble(service: ServiceSeen, { expected }: Moment): Trouble | null {
  const { update } = service;
  if (update === null || !BROKEN_UPDATE.has(update.state)) return null;
  const bad = newestFirst(service.tasks).filter((it) => isBad(service, it) && it.updatedAt >= expected.since);
  const task = bad.find(({ id }) => update.message.includes(id)) ?? bad[0];
  return {
    service,
    failure: rollbackOf(service, update, task),
    at: earliest(bad, service.updatedAt),
    final: true,
  };
}

function stuckTrouble(service: ServiceSeen, { now }: Moment): Trouble | null {
  for (const task of presentTasks(service)) {
    const failure = stuckOf(service, task, now);
    if (failure) return { service, failure, at: task.createdAt, final: true };
  }
  const failure = taskless(service, now);
  return failure && { service, failure, at: service.updatedAt, final: true };
}

/**
 * Swarm shows the last four dead tasks of a slot and no more (its history of five holds the present one too), so
 * that more restarts than four for every replica can never be counted: then only the caller's limit ends it.
 */
function crashTrouble(service: ServiceSeen, { expected, now }: Moment): Trouble | null {
  const bad = recentBad(service, expected, now);
  const [latest] = bad;
  if (latest === undefined || goodTasks(service, expected, now).length > 0 || isJobDone(service)) return null;
  const { restarts, withinMs } = expected.crashLoop;
  const often = bad.length > 1 ? `, ${bad.length} times within ${Math.round(withinMs / 1000)} s` : '';
  const failure = failureOf(service, tellingOf(bad) ?? latest, often);
  const limit = HOPELESS.has(failure.cause.reason) ? Math.min(HOPELESS_TIMES, restarts) : restarts;
  const final = bad.length >= limit || bad.some((task) => isGivenUp(service, task, now));
  return { service, failure, at: earliest(bad, latest.updatedAt), final };
}

/** Whatever was tried again on the way. */
function isJobDone(service: ServiceSeen): boolean {
  const complete = presentTasks(service).filter(({ state }) => state === 'complete').length;
  return service.job && complete >= Math.max(service.desired, 1);
}

/**
 * Docker misses the out-of-memory mark on some tasks of a loop: one that bears it explains them all. A replacement
 * may come while the networks of the task before it are still being taken away: what ended that one counts.
 */
function tellingOf(bad: readonly TaskSeen[]): TaskSeen | undefined {
  const killed = bad.find(({ oomKilled }) => oomKilled);
  return killed ?? bad.find(({ error }) => !/network sandbox/i.test(error));
}

/** Never final: a check may fail for long before the first success, and swarm itself ends what stays unhealthy. */
function healthTrouble(service: ServiceSeen): Trouble | null {
  const sick = newestFirst(presentTasks(service)).find(
    ({ health, healthOutput, desired }) =>
      desired === 'running' && (health === 'unhealthy' || (health === 'starting' && healthOutput.length > 0)),
  );
  return sick
    ? { service, failure: sicknessOf(service, sick), at: sick.createdAt, final: false, mild: true }
    : null;
}

function earliest(tasks: readonly TaskSeen[], otherwise: Date): Date {
  const times = tasks.map(({ updatedAt }) => updatedAt.getTime());
  return times.length > 0 ? new Date(Math.min(...times)) : otherwise;
}

// ------------------------------------------------------------------ waiting

function waitsOf(seen: StackSeen, moment: Moment): readonly string[] {
  if (seen.services.length === 0) return [`the first service of stack "${seen.stack}"`];
  return [
    ...seen.services.flatMap((service) => waitOf(service, moment) ?? []),
    ...versionWait(seen, moment.expected),
  ];
}

function waitOf(service: ServiceSeen, moment: Moment): string | null {
  const present = presentTasks(service);
  const done = service.job
    ? present.filter(({ state }) => state === 'complete').length
    : goodTasks(service, moment.expected, moment.now).length +
      present.filter((task) => isFinished(service, task) || isResting(service, task)).length;
  const wanted = service.replicated ? service.desired : Math.max(service.desired, 1);
  const name = `service "${service.name}"`;
  if (done < wanted)
    return `${name} (${done} of ${wanted} ${service.job ? 'complete' : 'running'}${newestText(present)})`;
  const state = service.update?.state ?? 'completed';
  return state === 'completed' ? null : `swarm to end the update of ${name} (${state})`;
}

function newestText(tasks: readonly TaskSeen[]): string {
  const [newest] = newestFirst(tasks.filter(({ desired }) => desired !== 'shutdown'));
  if (newest === undefined) return '';
  const health = newest.health === null ? '' : `, health ${newest.health}`;
  const error = newest.error === '' ? '' : `: ${newest.error}`;
  return `; newest task ${newest.state}${health}${error}`;
}

function versionWait(seen: StackSeen, { version }: Expected): readonly string[] {
  if (!version) return [];
  const service = seen.services.find(({ name }) => name === version.service);
  const found = service?.labels[version.label];
  if (found === version.value) return [];
  return [
    `label ${version.label}=${version.value} on service "${version.service}" (now: ${found ?? 'none'})`,
  ];
}

function sentenceOf(waits: readonly string[]): string {
  const shown = waits.slice(0, 3).join(', ');
  return `Waiting for ${shown}${waits.length > 3 ? ` and ${waits.length - 3} more` : ''}.`;
}

// ------------------------------------------------------------------ first cause

const second = (date: Date) => Math.floor(date.getTime() / 1000);
const order = ({ failure }: Trouble) => orderOf(failure.cause.reason);

/** What failed first is most likely what the others wait for; within one second the list of first causes decides. */
function firstOf(troubles: readonly Trouble[]): Failure | undefined {
  const settled = troubles.some(({ final }) => final) ? troubles.filter(({ mild }) => !mild) : troubles;
  const [first, ...others] = [...settled].sort((a, b) => second(a.at) - second(b.at) || order(a) - order(b));
  if (first === undefined || others.length === 0) return first?.failure;
  const also = others.map(({ service, failure }) => `"${service.name}" (${failure.cause.reason})`).join(', ');
  const message = `${first.failure.cause.message} Also failing: ${also}.`;
  return { ...first.failure, cause: { ...first.failure.cause, message } };
}

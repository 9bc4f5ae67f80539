/** How simulated services live: deployed, updated, and one step on for every observation. */
import type { Fate, SimService, SimState, SimTask } from './swarm-sim-state.ts';

/** Swarm's history is five tasks a slot, the present one included. */
const KEPT_DEAD = 4;
/** A crash loop that stops changing lets watchers come to rest. */
const MOST_CRASHES = 8;

export interface SimServiceSpec {
  image?: string;
  labels?: Record<string, string>;
  replicas?: number;
  job?: boolean;
  hasHealthcheck?: boolean;
  fate?: Fate;
  /** Full names of networks, secrets and configs that cannot go while the service is there. */
  uses?: string[];
  logs?: string[];
}

const id = (state: SimState, kind: string) => `${kind}${String(state.next++).padStart(6, '0')}`;

export function newService(state: SimState, name: string, at: string): SimService {
  return {
    id: id(state, 'service'),
    name,
    image: '',
    labels: {},
    replicas: 1,
    job: false,
    hasHealthcheck: true,
    spec: 0,
    previous: null,
    update: null,
    fate: { kind: 'healthy' },
    observed: 0,
    tasks: [],
    uses: [],
    logs: [],
    createdAt: at,
    updatedAt: at,
  };
}

export interface Moment {
  state: SimState;
  at: string;
}

const DEFAULTS = {
  image: 'ccci/simulated:1',
  labels: {},
  fate: { kind: 'healthy' },
} satisfies SimServiceSpec;

/** Like swarm: other labels alone keep the tasks, everything else makes new ones. */
export function applySpec(service: SimService, spec: SimServiceSpec, moment: Moment): void {
  const { image, labels, fate } = service;
  const isNew = service.spec === 0;
  Object.assign(service, DEFAULTS, spec, { spec: moment.state.next++, observed: 0, updatedAt: moment.at });
  service.previous = isNew ? null : { image, labels };
  service.update = null;
  const sameTasks = !isNew && service.image === image && isPlain(fate) && isPlain(service.fate);
  if (sameTasks) keepTasks(service);
  else replaceTasks(service, moment);
}

function keepTasks(service: SimService): void {
  for (const task of service.tasks) if (task.desired === 'running') task.spec = service.spec;
}

function replaceTasks(service: SimService, moment: Moment): void {
  if (service.previous !== null) service.update = { state: 'updating', message: 'update in progress' };
  for (let slot = 1; slot <= service.replicas; slot++) addTask(service, String(slot), moment);
  if (isPlain(service.fate)) settle(service, moment);
}

/** Healthy at once. */
function isPlain(fate: Fate): boolean {
  return fate.kind === 'healthy' && !fate.after;
}

export function addTask(service: SimService, slot: string, { state, at }: Moment): SimTask {
  const task: SimTask = {
    id: id(state, 'task'),
    slot,
    state: 'starting',
    desired: 'running',
    error: '',
    exitCode: null,
    oomKilled: false,
    container: id(state, 'container'),
    health: service.hasHealthcheck ? 'starting' : null,
    healthOutput: [],
    image: service.image,
    spec: service.spec,
    createdAt: at,
    updatedAt: at,
  };
  service.tasks.unshift(task);
  return task;
}

const present = (service: SimService) =>
  service.tasks.filter((task) => task.spec === service.spec && task.desired === 'running');

/** Every task of the present spec runs and is healthy; the others are shut down. */
function settle(service: SimService, { at }: Moment): boolean {
  let changed = false;
  for (const task of service.tasks) {
    if (task.spec === service.spec && task.desired === 'running' && task.state !== 'running') {
      Object.assign(task, { state: 'running', updatedAt: at });
      if (service.hasHealthcheck) Object.assign(task, { health: 'healthy', healthOutput: ['ok'] });
      changed = true;
    }
    if (task.spec !== service.spec && task.desired === 'running') {
      Object.assign(task, {
        state: 'shutdown',
        desired: 'shutdown',
        exitCode: 143,
        health: null,
        updatedAt: at,
      });
      changed = true;
    }
  }
  if (service.update?.state === 'updating') {
    service.update = { state: 'completed', message: 'update completed' };
    changed = true;
  }
  return changed;
}

interface Death {
  error: string;
  exitCode: number;
  oom?: boolean;
  output?: string[];
}

export function kill(service: SimService, task: SimTask, death: Death & { at: string }): void {
  const { error, exitCode, oom = false, output = [], at } = death;
  Object.assign(task, {
    state: 'failed',
    desired: 'shutdown',
    error,
    exitCode,
    oomKilled: oom,
    updatedAt: at,
  });
  if (output.length > 0) Object.assign(task, { health: 'unhealthy', healthOutput: output });
  const dead = service.tasks.filter(({ slot, desired }) => slot === task.slot && desired === 'shutdown');
  const tooOld = new Set(dead.slice(KEPT_DEAD).map((it) => it.id));
  service.tasks = service.tasks.filter((it) => !tooOld.has(it.id));
}

function crashOnce(service: SimService, death: Death, moment: Moment): boolean {
  if (service.observed > MOST_CRASHES) return false;
  for (const task of present(service)) {
    kill(service, task, { ...death, at: moment.at });
    addTask(service, task.slot, moment);
  }
  return true;
}

function exit(code: number): Death {
  return { error: `task: non-zero exit (${code})`, exitCode: code };
}

function deathOf({ exitCode = 1, error, oom = false }: Fate & { kind: 'crash' }): Death {
  return { exitCode, error: error ?? exit(exitCode).error, oom };
}

/** One step on; true if anything changed. */
export function advance(service: SimService, moment: Moment): boolean {
  const { fate } = service;
  service.observed++;
  switch (fate.kind) {
    case 'healthy':
      return service.observed > (fate.after ?? 0) ? settle(service, moment) : true;
    case 'crash':
      return crashOnce(service, deathOf(fate), moment);
    case 'unhealthy':
      return sicken(service, fate.output ?? 'connection refused', moment);
    case 'rollback':
      return rollBack(service, fate, moment);
    case 'pending':
      return pend(service, fate.error ?? '');
    case 'complete':
      return service.observed > (fate.after ?? 0) && complete(service, moment);
    default:
      return fate satisfies never;
  }
}

function sicken(service: SimService, output: string, moment: Moment): boolean {
  for (const task of present(service)) Object.assign(task, { healthOutput: [output], health: 'unhealthy' });
  if (service.observed % 2 === 1) return true;
  const death = { error: 'task: non-zero exit (143): dockerexec: unhealthy container', exitCode: 143 };
  return crashOnce(service, { ...death, output: [output] }, moment);
}

function pend(service: SimService, error: string): boolean {
  const waiting = present(service).filter((task) => task.container !== null);
  for (const task of waiting)
    Object.assign(task, { state: error === '' ? 'new' : 'pending', error, container: null, health: null });
  return waiting.length > 0;
}

function complete(service: SimService, { at }: Moment): boolean {
  const open = present(service);
  for (const task of open)
    Object.assign(task, {
      state: 'complete',
      desired: service.job ? 'complete' : 'shutdown',
      exitCode: 0,
      updatedAt: at,
    });
  return open.length > 0;
}

/** As measured: labels and image are the old ones again, the failed task is named in the message. */
function rollBack(service: SimService, fate: Fate & { kind: 'rollback' }, moment: Moment): boolean {
  const death = exit(fate.exitCode ?? 1);
  if (service.previous === null) return crashOnce(service, death, moment);
  if (service.observed <= (fate.after ?? 0)) return true;
  const failed = present(service);
  for (const task of failed) kill(service, task, { ...death, at: moment.at });
  const message = `update rolled back due to failure or early termination of task ${failed[0]?.id ?? ''}`;
  const spec = moment.state.next++;
  for (const task of service.tasks) if (task.desired === 'running') task.spec = spec;
  Object.assign(service, { ...service.previous, previous: null, spec, fate: { kind: 'healthy' } });
  Object.assign(service, { update: { state: 'rollback_completed', message }, updatedAt: moment.at });
  return true;
}

/** What the simulated swarm shows, and what it refuses to remove. */
import type { ServiceSeen, StackSeen, TaskSeen, Thing } from '../../controller/ports.ts';
import { addTask, advance, kill } from './swarm-sim-fates.ts';
import type { SimService, SimState, SimTask, SimThing } from './swarm-sim-state.ts';

const NODE = 'simulated';

export function advanceStack(state: SimState, stack: string, at: string): boolean {
  let changed = false;
  for (const service of state.stacks[stack] ?? []) changed = advance(service, { state, at }) || changed;
  const lingering = state.things.filter((it) => it.stack === stack && it.lingers !== null);
  for (const thing of lingering) thing.lingers = (thing.lingers ?? 0) - 1;
  state.things = state.things.filter((it) => it.lingers === null || it.lingers >= 0);
  return changed || lingering.length > 0;
}

export function thingsOf(state: SimState): Thing[] {
  const services = Object.entries(state.stacks).flatMap(([stack, all]) =>
    all.flatMap((service) => [
      thing({ kind: 'service', id: service.id, name: `${stack}_${service.name}`, stack }, service.createdAt),
      ...service.tasks
        .filter(({ container }) => container !== null)
        .map((task) => containerOf(stack, service, task)),
    ]),
  );
  return [...services, ...state.things.map((it) => thing(it, it.createdAt))];
}

function thing(it: Omit<Thing, 'createdAt'>, createdAt: string): Thing {
  return { kind: it.kind, id: it.id, name: it.name, stack: it.stack, createdAt: new Date(createdAt) };
}

function containerOf(stack: string, service: SimService, task: SimTask): Thing {
  const name = `${stack}_${service.name}.${task.slot}.${task.id}`;
  return thing({ kind: 'container', id: task.container ?? '', name, stack }, task.createdAt);
}

export function seenOf(state: SimState, stack: string): StackSeen {
  const belongs = (it: Thing) => (it.stack === null ? it.name.startsWith(`${stack}_`) : it.stack === stack);
  const services = (state.stacks[stack] ?? []).map(serviceSeenOf);
  return { stack, services, things: thingsOf(state).filter(belongs) };
}

function serviceSeenOf(service: SimService): ServiceSeen {
  const { id, name, image, labels, replicas, job, hasHealthcheck, spec, update, tasks } = service;
  return {
    id,
    name,
    image,
    labels,
    replicated: true,
    desired: replicas,
    specVersion: spec,
    update,
    hasHealthcheck,
    job,
    tasks: tasks.map((task) => taskSeenOf(task, spec)),
    updatedAt: new Date(service.updatedAt),
  };
}

function taskSeenOf({ spec, createdAt, updatedAt, ...task }: SimTask, present: number): TaskSeen {
  return {
    ...task,
    node: task.state === 'pending' || task.state === 'new' ? '' : NODE,
    specVersion: spec === present ? spec : null,
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
  };
}

export function logsOf(state: SimState, serviceId: string) {
  const service = Object.values(state.stacks)
    .flat()
    .find(({ id }) => id === serviceId);
  const task = service?.tasks[0]?.id ?? '';
  return (service?.logs ?? []).map((text) => ({ time: service?.updatedAt ?? '', task, text }));
}

/** The refusals of a real swarm: another name, and whatever is still in use. */
export function removeThing(state: SimState, wanted: Thing, at: string): void {
  const found = thingsOf(state).find(({ kind, id }) => kind === wanted.kind && id === wanted.id);
  if (!found) return;
  const label = `${wanted.kind} "${wanted.name}"`;
  if (found.name !== wanted.name)
    throw new Error(`${label} is now called "${found.name}" and was left alone.`);
  const user = userOf(state, found);
  if (user !== null) throw new Error(`The ${label} cannot be removed yet: it is in use by ${user}`);
  for (const [stack, services] of Object.entries(state.stacks)) {
    for (const service of services.filter((it) => it.id === found.id)) dropService(state, stack, service);
    for (const service of services) loseContainer(service, found.id, { state, at });
  }
  state.things = state.things.filter(({ id }) => id !== found.id);
}

/** Only where id, name and label are those that were meant. */
export function killThing(state: SimState, wanted: Thing, at: string): void {
  const found = thingsOf(state).find(({ kind, id }) => kind === 'container' && id === wanted.id);
  if (!found) return;
  if (wanted.stack === null || found.name !== wanted.name || found.stack !== wanted.stack)
    throw new Error(
      `The container "${wanted.name}" is not one of stack "${wanted.stack}" and was left alone.`,
    );
  for (const service of state.stacks[wanted.stack] ?? []) loseContainer(service, found.id, { state, at });
}

/** A volume is held by containers, also by those of a service that is gone. */
function userOf(state: SimState, found: Thing): string | null {
  if (found.kind === 'service' || found.kind === 'container') return null;
  const held = state.things.find((it) => it.kind === 'container' && it.stack === found.stack);
  if (found.kind === 'volume' && held) return held.name;
  const services = Object.entries(state.stacks).flatMap(([stack, all]) => all.map((it) => ({ stack, it })));
  const user = services.find(({ it }) => it.uses.includes(found.name));
  return user ? `${user.stack}_${user.it.name}` : null;
}

/** Its containers stop a moment later, as they do on a real swarm. */
export function dropService(state: SimState, stack: string, service: SimService): void {
  state.stacks[stack] = (state.stacks[stack] ?? []).filter((it) => it !== service);
  if (state.stacks[stack].length === 0) delete state.stacks[stack];
  for (const task of service.tasks.filter(({ container }) => container !== null))
    state.things.push({ ...asThing(containerOf(stack, service, task)), lingers: 1 });
}

function asThing(it: Thing): SimThing {
  return { ...it, createdAt: it.createdAt.toISOString(), undeploys: 0, lingers: null };
}

/** A container that goes takes its task with it; swarm makes another where one is wanted. */
function loseContainer(
  service: SimService,
  container: string,
  moment: { state: SimState; at: string },
): void {
  const task = service.tasks.find((it) => it.container === container);
  if (!task) return;
  const wanted = task.desired === 'running';
  if (wanted) kill(service, task, { error: 'task: non-zero exit (137)', exitCode: 137, at: moment.at });
  task.container = null;
  if (wanted) addTask(service, task.slot, moment);
}

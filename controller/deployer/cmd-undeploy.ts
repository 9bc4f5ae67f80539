/** `app undeploy`: removes a stack, and waits until it is gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { loadApp } from './app.ts';
import type { Context } from './context.ts';
import { inspectAll, listServices, stackFilter } from './docker.ts';
import { Fatal } from './log.ts';
import { listContainers, observeStack, taskOf } from './swarm.ts';

/** The engine itself needs 6 s; an app that ignores TERM adds its stop_grace_period. */
const GONE_TIMEOUT_MS = 180_000;

/** Containers go one by one over seconds: looking more often shows nothing new. */
const LOOK_EVERY_MS = 300;

/** States in which a task still has a process somewhere. */
const ALIVE = new Set(['assigned', 'accepted', 'preparing', 'ready', 'starting', 'running']);

/** What of the stack is still there. Tasks are asked by id: other nodes' containers cannot be listed here. */
async function observeLeft(context: Context, stack: string, taskIds: readonly string[]): Promise<string[]> {
  const [services, containers, tasks] = await Promise.all([
    listServices(context.docker, stack),
    listContainers(context.docker, stack),
    inspectAll(context.docker, 'task', taskIds),
  ]);
  const alive = tasks.map(taskOf).filter((task) => ALIVE.has(task.state));
  return [
    ...services.map((id) => `service ${id}`),
    ...containers.map((id) => `container ${id.slice(0, 12)}`),
    ...alive.map((task) => `task ${task.id}`),
  ];
}

/** Swarm forgets the tasks of a job with its service, and leaves their containers (measured on 20.10.24). */
async function removeEnded(context: Context, stack: string): Promise<void> {
  if ((await listServices(context.docker, stack)).length > 0) return;
  const ended = await context.docker.lines([
    'ps', '-aq', '--no-trunc', '--filter', 'status=exited', ...stackFilter(stack),
  ]); // oxfmt-ignore
  for (const id of ended) await context.docker.try(['rm', '--volumes', id]);
}

/** `stack rm` gives up on a network that a dying task still holds. */
async function removeNetworks(context: Context, stack: string): Promise<string[]> {
  const ids = await context.docker.lines(['network', 'ls', '-q', ...stackFilter(stack)]);
  for (const id of ids) await context.docker.try(['network', 'rm', id]);
  return ids.map((id) => `network ${id}`);
}

export async function appUndeploy(context: Context): Promise<void> {
  const app = await loadApp(context);
  const seen = await observeStack(context.docker, app.stack);
  if (seen.services.length === 0) throw new Fatal(`${app.domain} is not deployed`);
  // It ends with 1 where a dying task still holds a network, which is seen to below.
  const removed = await context.docker.try(['stack', 'rm', app.stack]);
  if (removed.code !== 0 && (await listServices(context.docker, app.stack)).length > 0)
    throw new Fatal(`docker stack rm: ${removed.stderr.trim()}`);
  const deadline = performance.now() + GONE_TIMEOUT_MS;
  const taskIds = seen.tasks.filter((task) => ALIVE.has(task.state)).map((task) => task.id);
  for (;;) {
    await removeEnded(context, app.stack);
    const left = await observeLeft(context, app.stack, taskIds);
    if (left.length === 0 && (await removeNetworks(context, app.stack)).length === 0) break;
    if (performance.now() >= deadline) {
      throw new Fatal(
        `undeploy timed out after ${GONE_TIMEOUT_MS / 1000}s: ${left.join(', ') || 'networks'} left`,
      );
    }
    await sleep(LOOK_EVERY_MS);
  }
  context.log.info(`${app.domain} undeployed`);
}

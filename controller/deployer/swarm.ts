/** The services and tasks of a stack, read from docker's JSON. */
import { inspectAll, listServices, stackFilter, NAMESPACE_LABEL, type Docker } from './docker.ts';
import { numberAt, objectAt, textAt, type Json } from './json.ts';
import { templateText } from './task-template.ts';

export type ServiceSeen = {
  id: string;
  name: string;
  labels: Json;
  image: string;
  /** Named volumes by their place in the container. */
  volumes: readonly { source: string; target: string }[];
  createdAt: string;
  updatedAt: string;
  /** Wanted tasks; undefined for a global service: one on every node that fits. */
  replicas: number | undefined;
  /** Normalised text of the task template: equal to a task's when the task is of this spec. */
  template: string;
  /** False for a service that was never updated: all its tasks are of its only spec. */
  hasPrevious: boolean;
  update: { state: string; message: string };
  restart: { condition: string; attempts: number | undefined; delayMs: number };
  /** The last execution of a job; undefined for what is none. */
  job: number | undefined;
};

export type TaskSeen = {
  id: string;
  serviceId: string;
  createdAt: string;
  desired: string;
  state: string;
  error: string;
  containerId: string;
  node: string;
  slot: number;
  /** Which execution of a job it belongs to. */
  job: number;
  template: string;
};

function replicasOf(mode: Json): number | undefined {
  if (mode.Global !== undefined || mode.GlobalJob !== undefined) return undefined;
  if (mode.ReplicatedJob !== undefined) return numberAt(mode, 'ReplicatedJob', 'TotalCompletions') ?? 1;
  return numberAt(mode, 'Replicated', 'Replicas') ?? 1;
}

function volumesOf(mounts: unknown): { source: string; target: string }[] {
  const list: unknown[] = Array.isArray(mounts) ? mounts : [];
  const named = list.filter((mount) => textAt(mount, 'Type') === 'volume' && textAt(mount, 'Source') !== '');
  return named.map((mount) => ({ source: textAt(mount, 'Source'), target: textAt(mount, 'Target') }));
}

/** Swarm's own delay before another task. */
const USUAL_DELAY_NS = 5e9;

function executionOf(value: unknown): number | undefined {
  const mode = objectAt(value, 'Spec', 'Mode');
  if (mode.ReplicatedJob === undefined && mode.GlobalJob === undefined) return undefined;
  return numberAt(value, 'JobStatus', 'JobIteration', 'Index') ?? 0;
}

export function serviceOf(value: unknown): ServiceSeen {
  const template = objectAt(value, 'Spec', 'TaskTemplate');
  return {
    id: textAt(value, 'ID'),
    name: textAt(value, 'Spec', 'Name'),
    labels: objectAt(value, 'Spec', 'Labels'),
    image: textAt(template, 'ContainerSpec', 'Image'),
    volumes: volumesOf(objectAt(template, 'ContainerSpec').Mounts),
    createdAt: textAt(value, 'CreatedAt'),
    updatedAt: textAt(value, 'UpdatedAt'),
    replicas: replicasOf(objectAt(value, 'Spec', 'Mode')),
    template: templateText(template),
    hasPrevious: Object.keys(objectAt(value, 'PreviousSpec')).length > 0,
    update: {
      state: textAt(value, 'UpdateStatus', 'State'),
      message: textAt(value, 'UpdateStatus', 'Message'),
    },
    restart: {
      condition: textAt(template, 'RestartPolicy', 'Condition') || 'any',
      attempts: numberAt(template, 'RestartPolicy', 'MaxAttempts'),
      delayMs: (numberAt(template, 'RestartPolicy', 'Delay') ?? USUAL_DELAY_NS) / 1e6,
    },
    job: executionOf(value),
  };
}

export function taskOf(value: unknown): TaskSeen {
  return {
    id: textAt(value, 'ID'),
    serviceId: textAt(value, 'ServiceID'),
    createdAt: textAt(value, 'CreatedAt'),
    desired: textAt(value, 'DesiredState'),
    state: textAt(value, 'Status', 'State'),
    error: textAt(value, 'Status', 'Err'),
    containerId: textAt(value, 'Status', 'ContainerStatus', 'ContainerID'),
    node: textAt(value, 'NodeID'),
    slot: numberAt(value, 'Slot') ?? 0,
    job: numberAt(value, 'JobIteration', 'Index') ?? 0,
    template: templateText(objectAt(value, 'Spec')),
  };
}

export type StackSeen = { services: ServiceSeen[]; tasks: TaskSeen[] };

async function listTaskIds(docker: Docker, stack: string): Promise<string[]> {
  const result = await docker.try(['stack', 'ps', '-q', '--no-trunc', stack]);
  return result.code === 0 ? result.stdout.split('\n').filter(Boolean) : []; // "nothing found in stack" is exit 1
}

/** The services and tasks of a stack as they are now. */
export async function observeStack(docker: Docker, stack: string): Promise<StackSeen> {
  const [services, tasks] = await Promise.all([
    listServices(docker, stack).then((ids) => inspectAll(docker, 'service', ids)),
    listTaskIds(docker, stack).then((ids) => inspectAll(docker, 'task', ids)),
  ]);
  return { services: services.map(serviceOf), tasks: tasks.map(taskOf) };
}

/** Every service that belongs to some stack, keyed by stack, for listings. */
export async function observeStacks(docker: Docker): Promise<Map<string, ServiceSeen[]>> {
  const ids = await docker.lines(['service', 'ls', '-q', '--filter', `label=${NAMESPACE_LABEL}`]);
  const stacks = new Map<string, ServiceSeen[]>();
  for (const service of (await inspectAll(docker, 'service', ids)).map(serviceOf)) {
    const stack = textAt(service.labels, NAMESPACE_LABEL);
    stacks.set(stack, [...(stacks.get(stack) ?? []), service]);
  }
  return stacks;
}

/** What the labels of the `app` service say is deployed. */
export type DeployedAs = { version: string; chaos: string; chaosVersion: string };

export function deployedAs(stack: string, services: readonly ServiceSeen[]): DeployedAs | undefined {
  if (services.length === 0) return undefined;
  const labels = services.find((service) => service.name === `${stack}_app`)?.labels ?? {};
  const label = (name: string) => textAt(labels, `coop-cloud.${stack}.${name}`) || 'unknown';
  return { version: label('version'), chaos: label('chaos'), chaosVersion: label('chaos-version') };
}

/** Containers of a stack on this node, stopped ones too: they hold volumes and networks. */
export function listContainers(docker: Docker, stack: string): Promise<string[]> {
  return docker.lines(['ps', '-aq', '--no-trunc', ...stackFilter(stack)]);
}

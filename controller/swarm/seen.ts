/** Docker's shapes turned into the ports' words. Pure. */
import type { ServiceSeen, TaskSeen } from '../ports.ts';
import type { ContainerStateShape, ServiceShape, TaskShape } from './shapes.ts';

/** While a task runs, its exit code is 0 or -1 and means nothing; one that was rejected never had a process. */
const ENDED = new Set(['complete', 'shutdown', 'failed']);

export function taskSeenOf(
  task: TaskShape,
  inspected: ContainerStateShape | null,
  specVersion: number | null,
): TaskSeen {
  return {
    id: task.ID,
    slot: task.Slot === 0 ? task.NodeID : String(task.Slot),
    node: task.NodeID,
    state: task.Status.State,
    desired: task.DesiredState,
    error: task.Status.Err,
    image: task.Spec.ContainerSpec?.Image ?? '',
    specVersion,
    createdAt: task.CreatedAt,
    // Status.Timestamp and not UpdatedAt, which also moves when only the wish for the task changes.
    updatedAt: task.Status.Timestamp,
    ...containerSeenOf(task),
    ...healthSeenOf(inspected),
  };
}

function containerSeenOf(task: TaskShape): Pick<TaskSeen, 'container' | 'exitCode'> {
  const container = task.Status.ContainerStatus;
  if (!container || container.ContainerID === '') return { container: null, exitCode: null };
  const exitCode = ENDED.has(task.Status.State) ? container.ExitCode : null;
  return { container: container.ContainerID, exitCode };
}

function healthSeenOf(
  inspected: ContainerStateShape | null,
): Pick<TaskSeen, 'health' | 'healthOutput' | 'oomKilled'> {
  if (inspected === null) return { health: null, healthOutput: [], oomKilled: false };
  const { Health, OOMKilled } = inspected.State;
  const outputs = (Health?.Log ?? []).map(({ Output }) => Output.trim());
  return { health: healthOf(Health?.Status), healthOutput: outputs.filter(Boolean), oomKilled: OOMKilled };
}

function healthOf(status: string | undefined): TaskSeen['health'] {
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : null;
}

export function serviceSeenOf(found: {
  readonly stack: string;
  readonly service: ServiceShape;
  readonly tasks: readonly TaskSeen[];
}): ServiceSeen {
  const { service, tasks, stack } = found;
  const prefix = `${stack}_`;
  const { Name, Labels, Mode, TaskTemplate } = service.Spec;
  return {
    id: service.ID,
    name: Name.startsWith(prefix) ? Name.slice(prefix.length) : Name,
    image: TaskTemplate.ContainerSpec?.Image ?? '',
    labels: Labels,
    replicated: Boolean(Mode.Replicated ?? Mode.ReplicatedJob),
    desired: desiredOf(service, tasks),
    specVersion: service.Version.Index,
    update: updateOf(service),
    hasHealthcheck: hasHealthcheck(service, tasks),
    memoryLimit: TaskTemplate.Resources?.Limits?.MemoryBytes ?? 0,
    job: Boolean(Mode.ReplicatedJob ?? Mode.GlobalJob),
    restart: restartOf(service),
    tasks,
    updatedAt: service.UpdatedAt,
  };
}

/** What the spec says where it says a number; for global services what swarm counts, and for global jobs its nodes. */
function desiredOf(service: ServiceShape, tasks: readonly TaskSeen[]): number {
  const { Replicated, ReplicatedJob, GlobalJob } = service.Spec.Mode;
  if (Replicated) return Replicated.Replicas ?? 1;
  if (ReplicatedJob) return ReplicatedJob.TotalCompletions ?? ReplicatedJob.MaxConcurrent ?? 1;
  if (GlobalJob)
    return new Set(tasks.filter(({ specVersion }) => specVersion !== null).map(({ node }) => node)).size;
  return service.ServiceStatus.DesiredTasks;
}

/** Swarm's own, where the spec leaves it out. */
const RESTART_DELAY_MS = 5_000;

function restartOf(service: ServiceShape): NonNullable<ServiceSeen['restart']> {
  const { Condition, Delay } = service.Spec.TaskTemplate.RestartPolicy ?? {};
  return { condition: Condition ?? 'any', delayMs: Delay === undefined ? RESTART_DELAY_MS : Delay / 1e6 };
}

function updateOf(service: ServiceShape): ServiceSeen['update'] {
  const state = service.UpdateStatus?.State;
  return state ? { state, message: service.UpdateStatus?.Message ?? '' } : null;
}

/** The spec may turn an image's own check off (`NONE`); otherwise a container that shows health has one. */
function hasHealthcheck(service: ServiceShape, tasks: readonly TaskSeen[]): boolean {
  const test = service.Spec.TaskTemplate.ContainerSpec?.Healthcheck?.Test ?? [];
  if (test.length > 0) return test[0] !== 'NONE';
  return tasks.some((task) => task.specVersion !== null && task.health !== null);
}

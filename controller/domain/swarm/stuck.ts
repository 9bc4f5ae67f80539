/** Tasks that never get as far as a node, and services that get no tasks. Pure. */
import type { ServiceSeen, TaskSeen } from '../../ports.ts';
import type { Failure } from './task-causes.ts';

/** Permanent from the first look: nothing the app does can make another node appear. */
const PERMANENT = /scheduling constraints|unsupported platform|missing plugin/i;
/** Ours: another run may hold what is missing. */
const OURS = /insufficient resources|not available for new tasks/i;

/** How long swarm may say "no suitable node" while ports and memory of stopping tasks come free. */
const SCHEDULING_GRACE_MS = 30_000;
/** Pitfall: with its address pool empty, swarm leaves tasks in `new` without a word. */
const ALLOCATION_MS = 60_000;
const BEFORE_START = new Set(['new', 'allocated', 'pending', 'assigned', 'accepted']);

/** A task that does not get as far as a node, or null while it may still. */
export function stuckOf(service: ServiceSeen, task: TaskSeen, now: Date): Failure | null {
  if (!BEFORE_START.has(task.state) || task.desired !== 'running') return null;
  const age = now.getTime() - task.createdAt.getTime();
  if (task.error === '') return age > ALLOCATION_MS ? allocationOf(service, task) : null;
  if (!PERMANENT.test(task.error) && age <= SCHEDULING_GRACE_MS) return null;
  return unschedulableOf(service, task);
}

function unschedulableOf(service: ServiceSeen, task: TaskSeen): Failure {
  const ours = OURS.test(task.error);
  return {
    fault: ours ? 'infra' : 'recipe',
    cause: {
      reason: ours ? 'InsufficientResources' : 'Unschedulable',
      message: `Service "${service.name}" finds no node that may run it.`,
      service: service.name,
      evidence: task.error,
      nextStep: ours
        ? 'Free or add memory, processors or nodes, or let fewer runs go on at once.'
        : 'Check `deploy.placement`, `deploy.resources` and host ports: they must fit any single server.',
    },
  };
}

function allocationOf(service: ServiceSeen, task: TaskSeen): Failure {
  return {
    fault: 'infra',
    cause: {
      reason: 'SwarmAllocation',
      message: `Swarm left a task of service "${service.name}" in state "${task.state}" for over ${ALLOCATION_MS / 1000} s without an error.`,
      service: service.name,
      nextStep:
        'This is the swarm, not the recipe: most often the address pool of a shared network is used up.',
    },
  };
}

/** A service that wants tasks and has none. */
export function taskless(service: ServiceSeen, now: Date): Failure | null {
  if (service.tasks.length > 0 || (service.replicated && service.desired === 0)) return null;
  if (now.getTime() - service.updatedAt.getTime() <= ALLOCATION_MS) return null;
  const global = !service.replicated;
  return {
    fault: global ? 'recipe' : 'infra',
    cause: {
      reason: global ? 'Unschedulable' : 'SwarmAllocation',
      message: `Swarm made no task for service "${service.name}" within ${ALLOCATION_MS / 1000} s.`,
      service: service.name,
      nextStep: global
        ? 'A global service runs on every node that `deploy.placement` allows, and here that is none.'
        : 'This is the swarm, not the recipe: look at its managers.',
    },
  };
}

/** What became of tasks that ran when the stack had converged. Pure. */
import type { StackSeen, TaskSeen } from '../../ports.ts';
import { failureOf, type Failure } from './task-causes.ts';
import { isBad } from './tasks.ts';

/** The first task that ended by itself since: whatever else failed meanwhile most likely failed because of it. */
export function endedSince(before: StackSeen, now: StackSeen): Failure | null {
  const ran = new Set(before.services.flatMap(({ tasks }) => tasks.filter(isUp).map(({ id }) => id)));
  const ended = now.services.flatMap((service) =>
    service.tasks
      .filter((task) => ran.has(task.id) && isBad(service, task))
      .map((task) => ({ service, task })),
  );
  const [first] = ended.sort((a, b) => a.task.updatedAt.getTime() - b.task.updatedAt.getTime());
  return first === undefined ? null : failureOf(first.service, first.task, ', after it had run as asked');
}

function isUp({ state, desired }: TaskSeen): boolean {
  return state === 'running' && desired === 'running';
}

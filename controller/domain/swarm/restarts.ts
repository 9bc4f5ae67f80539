/** Which services a deploy restarted that had nothing to change. Pure. */
import type { Cause } from '../../api/stage.ts';
import type { ServiceSeen } from '../../ports.ts';
import { isPeriodic } from './tasks.ts';

/** Ids of the tasks that are meant to run, by service. */
const runningTasks = ({ tasks }: ServiceSeen): string =>
  tasks
    .filter(({ desired, state }) => desired === 'running' && state === 'running')
    .map(({ id }) => id)
    .sort()
    .join(' ');

/** The same version deployed over itself has nothing to change. */
export function restartCause(before: readonly ServiceSeen[], after: readonly ServiceSeen[]): Cause | null {
  for (const service of before) {
    // A periodic service has another task whenever its time has come.
    if (isPeriodic(service)) continue;
    const now = after.find(({ name }) => name === service.name);
    const [was, is] = [runningTasks(service), now === undefined ? '' : runningTasks(now)];
    if (was === is) continue;
    return {
      reason: 'RedeployRestarts',
      message: `The same version deployed over itself restarted service "${service.name}".`,
      service: service.name,
      evidence: `tasks before: ${was || 'none'}; after: ${is || 'none'}`,
      nextStep: 'Look for a value that changes with every deploy.',
    };
  }
  return null;
}

/** `app run`: a command in the container of a service. */
import { loadApp } from './app.ts';
import { isSet, valueOf, type Context } from './context.ts';
import { execAttached } from './exec.ts';
import { Exit, Fatal } from './log.ts';
import type { Docker } from './docker.ts';

/** The running container of a service on this node. */
export async function findContainer(docker: Docker, stack: string, service: string): Promise<string> {
  const label = `label=com.docker.swarm.service.name=${stack}_${service}`;
  const [id] = await docker.lines([
    'ps',
    '-q',
    '--no-trunc',
    '--filter',
    label,
    '--filter',
    'status=running',
  ]);
  if (!id) throw new Fatal(`no running container of ${stack}_${service} on this node`);
  return id;
}

export async function appRun(context: Context): Promise<void> {
  const app = await loadApp(context);
  const [, service = '', ...command] = context.args;
  const container = await findContainer(context.docker, app.stack, service);
  const user = valueOf(context, 'user');
  const tty = !isSet(context, 'no-tty') && process.stdin.isTTY && process.stdout.isTTY;
  const flags = ['-i', ...(tty ? ['-t'] : []), ...(user ? ['-u', user] : [])];
  const code = await execAttached(['docker', 'exec', ...flags, container, ...command], context.docker.env);
  if (code !== 0) throw new Exit(code);
}

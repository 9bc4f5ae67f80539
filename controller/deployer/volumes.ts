/** The volumes of a stack. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from './app.ts';
import type { Context } from './context.ts';
import { listServices, stackFilter, type Docker } from './docker.ts';
import { Fatal } from './log.ts';

/** A volume stays "in use" for some seconds after its last container. */
const IN_USE_TIMEOUT_MS = 20_000;
const LOOK_EVERY_MS = 300;

/** By the stack's label only: a name prefix could be another stack's. */
export function listVolumes(docker: Docker, stack: string): Promise<string[]> {
  return docker.lines(['volume', 'ls', '-q', ...stackFilter(stack)]);
}

export async function checkUndeployed(context: Context, app: App): Promise<void> {
  if ((await listServices(context.docker, app.stack)).length > 0) {
    throw new Fatal(`${app.domain} is still deployed: abra app undeploy ${app.domain}`);
  }
}

async function removeVolume(docker: Docker, name: string): Promise<void> {
  const deadline = performance.now() + IN_USE_TIMEOUT_MS;
  for (;;) {
    const result = await docker.try(['volume', 'rm', name]);
    if (result.code === 0 || /no such volume/i.test(result.stderr)) return;
    if (!/in use/i.test(result.stderr) || performance.now() >= deadline) {
      throw new Fatal(`cannot remove volume ${name}: ${result.stderr.trim()}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

export async function removeVolumes(context: Context, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await removeVolume(context.docker, name);
    context.log.info(`volume ${name} removed`);
  }
}

/** Freezes what the swarm shows of the app before it is taken down: tasks, health, last log lines, a picture. */
import { join } from 'node:path';
import type { EvidenceData } from '../api/stage-data.ts';
import type { ServiceSeen, StackSeen } from '../ports.ts';
import { messageOf } from '../runtime/errors.ts';
import { writeAtomic } from '../store/atomic.ts';
import type { StageContext, StageProgram } from './context.ts';
import { exists } from './exists.ts';

/** Enough to see the cause; the whole of a service's log belongs to the service. */
const TAIL = 200;

export const evidence: StageProgram = async (context) => {
  const stack = await context.swarm.observe(context.request.app.stack);
  const files = [await save(context, 'tasks.json', `${JSON.stringify(stack, null, 1)}\n`)];
  for (const service of stack.services)
    files.push(await context.substep(`logs ${service.name}`, () => saveLogs(context, service)));
  const screenshot = await context.substep('screenshot', () => picture(context, stack));
  const data: EvidenceData = { files, screenshot };
  return {
    outcome: 'passed',
    message: `${stack.services.length} services recorded${screenshot === null ? '' : ', with a screenshot'}.`,
    data: { ...data },
  };
};

async function save(context: StageContext, name: string, text: string): Promise<string> {
  await writeAtomic(join(context.artifacts, name), context.log.redact(text), { mode: 0o600 });
  return name;
}

async function saveLogs(context: StageContext, service: ServiceSeen): Promise<string> {
  const say = context.log.from(service.name);
  try {
    const lines = await context.swarm.logs(service.id, TAIL);
    for (const line of lines) say(line.text);
    return await save(
      context,
      `${service.name}.log`,
      lines.map((line) => `${line.time} ${line.task} ${line.text}\n`).join(''),
    );
  } catch (error) {
    // A log that cannot be read is said and changes nothing: the verdict stands already.
    say(`log cannot be read: ${messageOf(error)}`, 'warn');
    return save(context, `${service.name}.log`, `cannot be read: ${messageOf(error)}\n`);
  }
}

async function picture(context: StageContext, stack: StackSeen): Promise<string | null> {
  const { request, config, artifacts, log, env } = context;
  const name = 'screenshot.png';
  const file = join(artifacts, name);
  // The tests may have taken one while the app was as a user sees it.
  if (await exists(file)) return name;
  if (!stack.services.some((service) => service.tasks.some((task) => task.state === 'running'))) return null;
  const { screenshot } = await import('./browser.ts');
  const { path: health } = request.settings.health;
  const taken = await screenshot({
    url: `https://${request.app.domain}${health}`,
    file,
    address: config.proxyAddress,
    zone: config.zone,
    caFile: config.caFile,
    chromium: config.chromium,
    env,
  });
  if (taken.path === null) log.say(`no screenshot: ${taken.reason}`, 'warn');
  return taken.path === null ? null : name;
}

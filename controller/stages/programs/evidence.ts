/** Freezes what the swarm shows of the app before it is taken down: tasks, health, last log lines, a picture. */
import { join } from 'node:path';
import type { EvidenceData } from '../../api/stage-data.ts';
import type { ServiceSeen } from '../../ports.ts';
import { messageOf } from '../../runtime/errors.ts';
import { writeAtomic } from '../../store/atomic.ts';
import type { StageContext } from '../step/context.ts';
import type { StageReport } from '../step/report.ts';
import { takePicture } from './picture.ts';

/** Enough to see the cause; the whole of a service's log belongs to the service. */
const TAIL = 200;

export async function evidence(context: StageContext): Promise<StageReport<'evidence'>> {
  const stack = await context.swarm.observe(context.request.app.stack);
  const files = [await save(context, 'tasks.json', `${JSON.stringify(stack, null, 1)}\n`)];
  for (const service of stack.services)
    files.push(await context.substep(`logs ${service.name}`, () => saveLogs(context, service)));
  const running = stack.services.some((service) => service.tasks.some((task) => task.state === 'running'));
  const screenshot = running ? await context.substep('screenshot', () => takePicture(context)) : null;
  const data: EvidenceData = { files, screenshot };
  return {
    outcome: 'passed',
    message: `${stack.services.length} service${stack.services.length === 1 ? '' : 's'} recorded${screenshot === null ? '' : ', with a screenshot'}.`,
    data,
  };
}

async function save(
  context: Pick<StageContext, 'artifacts' | 'log'>,
  name: string,
  text: string,
): Promise<string> {
  await writeAtomic(join(context.artifacts, name), context.log.redact(text), { mode: 0o600 });
  return name;
}

async function saveLogs(
  context: Pick<StageContext, 'artifacts' | 'log' | 'swarm'>,
  service: ServiceSeen,
): Promise<string> {
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

/** `app ps`: the tasks of an app. */
import { loadApp } from './app.ts';
import { isSet, printJson, type Context } from './context.ts';
import { Fatal } from './log.ts';
import { deployedAs, observeStack, type DeployedAs, type ServiceSeen, type TaskSeen } from './swarm.ts';
import { table } from './table.ts';

type Row = {
  service: string; chaos: string; created: string; image: string;
  ports: string; state: string; status: string; version: string;
}; // oxfmt-ignore

/** The task that is meant to run, or else the newest. */
function shownTask(tasks: readonly TaskSeen[]): TaskSeen | undefined {
  const byAge = [...tasks].sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  return byAge.findLast((task) => task.desired === 'running') ?? byAge.at(-1);
}

/** Docker's own words for the container, when it is on this node. */
async function observeContainer(
  context: Context,
  task: TaskSeen | undefined,
): Promise<{ status: string; ports: string }> {
  if (!task?.containerId) return { status: task?.error || 'unknown', ports: '' };
  const filter = ['--filter', `id=${task.containerId}`, '--format', '{{.Status}}\t{{.Ports}}'];
  const [line = ''] = await context.docker.lines(['ps', '-a', ...filter]);
  const [status = '', ports = ''] = line.split('\t');
  return { status: status || task.error || 'unknown', ports };
}

type Around = { stack: string; tasks: readonly TaskSeen[]; as: DeployedAs };

async function rowOf(context: Context, service: ServiceSeen, { stack, tasks, as }: Around): Promise<Row> {
  const task = shownTask(tasks.filter((candidate) => candidate.serviceId === service.id));
  const { status, ports } = await observeContainer(context, task);
  return {
    service: service.name.slice(stack.length + 1),
    chaos: as.chaos,
    created: task?.createdAt ?? service.createdAt,
    image: service.image.split('@')[0] ?? '',
    ports,
    state: task?.state ?? 'unknown',
    status,
    version: as.chaos === 'true' ? as.chaosVersion : as.version,
  };
}

export async function appPs(context: Context): Promise<void> {
  const app = await loadApp(context);
  const { services, tasks } = await observeStack(context.docker, app.stack);
  const as = deployedAs(app.stack, services);
  if (!as) throw new Fatal(`${app.domain} is not deployed`);
  const rows = await Promise.all(
    services.map((service) => rowOf(context, service, { stack: app.stack, tasks, as })),
  );
  rows.sort((a, b) => a.service.localeCompare(b.service));
  if (isSet(context, 'machine'))
    return printJson(context, Object.fromEntries(rows.map((row) => [row.service, row])));
  return void context.stdout.write(
    table(
      ['SERVICE', 'STATUS', 'IMAGE', 'VERSION'],
      rows.map((row) => [row.service, row.status, row.image, row.version]),
    ),
  );
}

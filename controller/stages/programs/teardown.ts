/** Teardown: by abra first, as an operator would; then whatever is left, until the swarm shows nothing of the run. */
import { rm } from 'node:fs/promises';
import type { SecretScan } from '../../api/secret-scan.ts';
import type { Inventory, TeardownData } from '../../api/stage-data.ts';
import { counted } from '../../domain/text/count.ts';
import { inventoryLines, inventoryOf, isEmptyInventory } from '../../domain/swarm/inventory.ts';
import { scanCause, unreadText } from '../../domain/secrets/leaks.ts';
import type { AbraResult } from '../../abra/driver.ts';
import type { StackSeen, Thing } from '../../ports.ts';
import { messageOf } from '../../runtime/errors.ts';
import { until } from '../../runtime/until.ts';
import type { App, StageContext, Step, Tools } from '../step/context.ts';
import { orGoOn } from '../step/go-on.ts';
import type { StageReport } from '../step/report.ts';
import { exists } from '../../store/exists.ts';
import { envFileOf } from '../app/checkout-facts.ts';
import { scanForSecrets } from '../secrets/secret-scan.ts';

/** Containers take about 6 s to go after their services, and as long as their apps take to stop. */
const SWEEP_MS = 90_000;
/** Something that was in use a moment ago may be free now. */
const SWEEP_LOOK_MS = 250;
/**
 * An engine that was killed starts the tasks again that its agent had not yet forgotten, before it hears from the manager
 * that they are gone: a container and its volume came back 1 to 5 s after a look that had found nothing.
 */
const SETTLE_MS = 15_000;

export async function teardown(context: StageContext): Promise<StageReport<'teardown'>> {
  const began = performance.now();
  const before = inventoryOf(
    await context.swarm.observe(context.request.app.stack),
    await localNames(context),
  );
  for (const line of inventoryLines(before)) context.log.say(`before: ${line}`);
  await context.substep('abra', () =>
    orGoOn(context, () => byAbra(context), { what: 'abra could not remove anything', otherwise: undefined }),
  );
  const removed = await context.substep('sweep', () => sweep(context));
  const scan = await context.substep('secrets', () => tryScan(context));
  await context.substep('files', () => removeFiles(context));

  const after = inventoryOf(
    await context.swarm.observe(context.request.app.stack),
    await localNames(context),
  );
  const seconds = Math.round((performance.now() - began) / 10) / 100;
  const data: TeardownData = { before, after, removed, seconds, scan };
  if (!isEmptyInventory(after)) return leftBehind(after, data);
  const cause = scanCause(scan);
  if (cause !== null) return { outcome: 'errored', message: cause.message, cause, data };
  const message = `${removedText(inventoryLines(before).length)}${unreadText(scan)}`;
  return { outcome: 'passed', message, data };
}

function removedText(count: number): string {
  if (count === 0) return 'There was nothing to remove.';
  return count === 1 ? 'The only thing of it was removed.' : `All ${count} removed.`;
}

function leftBehind(after: Inventory, data: TeardownData): StageReport<'teardown'> {
  const lines = inventoryLines(after);
  const message = `${counted(lines.length, 'thing')} left after teardown: ${lines.slice(0, 5).join(', ')}.`;
  return {
    outcome: 'failed',
    message,
    cause: {
      reason: 'Leftovers',
      message,
      evidence: lines[0],
      nextStep: 'See what holds them: `docker inspect`, `docker ps -a`. Teardown is repeated.',
    },
    data,
  };
}

/** What abra cannot remove is said, and left to the sweep. */
async function byAbra(context: App & Pick<Tools, 'abra' | 'swarm'> & Step): Promise<void> {
  const { abra, request, log } = context;
  const { domain } = request.app;
  if (!(await exists(envFileOf(context)))) {
    log.say('no .env was made, so abra has nothing to undeploy');
    return;
  }
  const seen = await context.swarm.observe(request.app.stack);
  const steps: [string, () => Promise<AbraResult<unknown>>][] = [
    ['volume rm', () => abra.volumeRemove(domain)],
    ['secret rm', () => abra.secretRemoveAll(domain)],
  ];
  if (seen.services.length > 0) steps.unshift(['undeploy', () => abra.undeploy(domain)]);
  for (const [name, step] of steps) {
    const result = await step();
    if (!result.ok) log.say(`abra ${name}: ${result.message}`, 'warn');
  }
}

/** Removes what still bears the stack's name, again and again until nothing does or time is up. Returns what it removed. */
export async function sweep(
  context: Pick<StageContext, 'clock' | 'log' | 'request' | 'swarm' | 'wait'>,
): Promise<string[]> {
  const { clock, log, request, swarm, wait } = context;
  const removed = new Set<string>();
  let said = '';
  const removeSeen = async (): Promise<StackSeen> => {
    const seen = await swarm.observe(request.app.stack);
    for (const thing of inOrder(seen)) {
      const problem = await tryRemove(context, thing);
      if (problem === null) removed.add(`${thing.kind} ${thing.name}`);
      else if (problem !== said) log.say(`${thing.kind} ${thing.name} stays for now: ${problem}`);
      said = problem ?? said;
    }
    return seen;
  };
  const removedOf = async ({ things }: StackSeen): Promise<string[] | undefined> =>
    things.length === 0 && (await isSettled(context)) ? [...removed] : undefined;
  return until(removeSeen, removedOf, {
    every: SWEEP_LOOK_MS,
    deadline: new Date(clock.now().getTime() + SWEEP_MS),
    clock,
    wait,
    late: () => [...removed],
  });
}

async function isSettled({ swarm, clock }: Pick<StageContext, 'clock' | 'swarm'>): Promise<boolean> {
  const { startedAt } = await swarm.info();
  return startedAt === null || clock.now().getTime() - startedAt.getTime() >= SETTLE_MS;
}

/** Containers of services go with them; taken by hand, swarm would make new ones. */
function inOrder({ things }: StackSeen): Thing[] {
  const order: Thing['kind'][] = things.some((thing) => thing.kind === 'service')
    ? ['service']
    : ['container', 'network', 'secret', 'config', 'volume'];
  return things
    .filter((thing) => order.includes(thing.kind))
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

async function tryRemove({ swarm }: Pick<StageContext, 'swarm'>, thing: Thing): Promise<string | null> {
  try {
    await swarm.ensureAbsent(thing);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

/** What keeps us from looking must not keep the app on the swarm: without a record of a look the run is not green. */
async function tryScan(context: App & Step): Promise<SecretScan | null> {
  try {
    return await scanForSecrets(context);
  } catch (error) {
    context.signal.throwIfAborted();
    context.log.say(`The run’s files could not be scanned for secrets: ${messageOf(error)}`, 'error');
    return null;
  }
}

async function removeFiles(step: Pick<StageContext, 'layout' | 'log' | 'request' | 'signal'>): Promise<void> {
  const { layout, request } = step;
  for (const path of [layout.secretsDir(request.uid), layout.abraDir(request.uid)])
    await orGoOn(step, () => rm(path, { recursive: true, force: true }), {
      what: `${path} cannot be removed`,
      otherwise: undefined,
    });
}

async function localNames({ layout, request }: Pick<StageContext, 'layout' | 'request'>): Promise<string[]> {
  const names: string[] = [];
  for (const path of [layout.abraDir(request.uid), layout.secretsDir(request.uid)])
    if (await exists(path)) names.push(path);
  return names;
}

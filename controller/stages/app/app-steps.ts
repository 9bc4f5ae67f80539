/** Steps with the app that several stages take: its .env, its answer through the proxy, its end. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import type { AbraResult } from '../../abra/driver.ts';
import { durationMs } from '../../api/primitives.ts';
import type { IdentityProof } from '../../api/stage-data.ts';
import { parseEnv, withEnvValues } from '../../domain/recipe/dotenv.ts';
import { withAdded } from '../../domain/recipe/overlay.ts';
import { counted } from '../../domain/text/count.ts';
import type { ServiceSeen, StackSeen, Thing, ThingKind } from '../../ports.ts';
import { until } from '../../runtime/until.ts';
import type { App, StageContext, Step, Tools } from '../step/context.ts';
import { envFileOf } from './checkout-facts.ts';
import { deployHead, expectDone } from './deploy.ts';
import { addedFiles } from '../checkout/overlay.ts';
import { proveRoute } from '../route/probe.ts';
import { envOverrides } from '../checkout/recipe-files.ts';
import { isAllThere, withRouteLabel } from '../route/route-labels.ts';
import { StageFailure } from '../step/report.ts';

/** When an app that is deployed now has to be healthy. */
export function deadlineOf(context: Pick<StageContext, 'request'>, since: Date): Date {
  return new Date(since.getTime() + durationMs(context.request.settings.health.timeout));
}

/** The app's .env, made from the checkout's `.env.sample` whatever was there before, and the RecipeSpec's settings. */
export async function newApp(context: App & Pick<Tools, 'abra'>): Promise<void> {
  const { request, abra } = context;
  const file = envFileOf(context);
  await rm(file, { force: true });
  const made = await abra.appNew({
    recipe: request.recipe,
    domain: request.app.domain,
    chaos: true,
    server: request.server.abraServer,
  });
  expectDone(context, made, 'AppNewFailed');
  const text = withEnvValues(await readFile(file, 'utf8'), envOverrides(request));
  const added = await addedFiles(context);
  const more: Record<string, string> = {};
  if (added.length > 0) more['COMPOSE_FILE'] = withAdded(parseEnv(text).env['COMPOSE_FILE'], added);
  await writeFile(file, withEnvValues(text, more), { mode: 0o600 });
}

export async function awaitAnswer(
  context: App & Pick<Tools, 'swarm' | 'prober'> & Step,
  deadline: Date,
): Promise<IdentityProof['route']> {
  const { request, prober, clock, log, signal, swarm, wait } = context;
  const { domain, stack } = request.app;
  const { path, status, contains } = {
    contains: undefined,
    ...(request.settings.readyProbe ?? request.settings.health),
  };
  const proven = await proveRoute(
    { domain, path, status, contains, deadline, signal, graceMs: context.config.routeGraceMs },
    {
      prober,
      clock,
      wait,
      onChange: (seen) => log.say(`https://${domain}${path}: ${seen}`),
      isAllThere: async (reason) => isAllThere((await swarm.observe(stack)).services, reason),
    },
  );
  if (proven.ok) return proven.proof;
  const { services } = await swarm.observe(stack);
  throw new StageFailure(proven.fault, withRouteLabel(proven.cause, services, domain));
}

/** The commit over whatever runs, until it answers as it should. */
export async function deployAnswering(
  context: StageContext,
  commit: string,
): Promise<{ stack: StackSeen; route: IdentityProof['route'] }> {
  const since = context.clock.now();
  const deadline = deadlineOf(context, since);
  const stack = await deployHead(context, { commit, since, deadline });
  return { stack, route: await awaitAnswer(context, deadline) };
}

export type TakingDown = Pick<StageContext, 'abra' | 'clock' | 'request' | 'swarm' | 'wait'>;

/**
 * Undeploys the app; its volumes and secrets stay. The swarm says whether it is done: what abra says only explains why
 * not, and it is never the recipe's fault.
 */
export async function undeploy(context: TakingDown): Promise<void> {
  const { abra, request, swarm } = context;
  const { services } = await swarm.observe(request.app.stack);
  const undeployed = services.length > 0 ? await abra.undeploy(request.app.domain) : null;
  await removeJobs(context, services);
  await awaitGone(context, ['service', 'container', 'network'], undeployed);
}

/** Swarm forgets the tasks of a job with its service, and leaves their containers for ever. */
async function removeJobs(
  { request, swarm }: Pick<TakingDown, 'request' | 'swarm'>,
  services: readonly ServiceSeen[],
): Promise<void> {
  const jobs = services.filter(({ job }) => job).map(({ name }) => `${request.app.stack}_${name}.`);
  if (jobs.length === 0) return;
  const left = await swarm.observe(request.app.stack);
  const ended = left.things.filter(
    ({ kind, name }) => kind === 'container' && jobs.some((job) => name.startsWith(job)),
  );
  if (left.services.length === 0) for (const thing of ended) await swarm.ensureAbsent(thing);
}

/** Undeploys the app and removes its volumes; its secrets stay, so that they keep their values. */
export async function takeDown(context: TakingDown): Promise<void> {
  const { abra, request, swarm } = context;
  await undeploy(context);
  const hasVolumes = (await swarm.observe(request.app.stack)).things.some(({ kind }) => kind === 'volume');
  const removed = hasVolumes ? await abra.volumeRemove(request.app.domain) : null;
  await awaitGone(context, ['volume'], removed);
}

/** Containers take about 6 s to go after their services, and as long as their apps take to stop. */
const GONE_MS = 90_000;
/** Docker lists all objects of a stack at each look. */
const GONE_LOOK_MS = 250;

async function awaitGone(
  context: TakingDown,
  kinds: readonly ThingKind[],
  result: AbraResult<unknown> | null,
): Promise<void> {
  const { clock, request, swarm, wait } = context;
  const left = async (): Promise<Thing[]> => {
    const { things } = await swarm.observe(request.app.stack);
    return things.filter(({ kind }) => kinds.includes(kind));
  };
  await until(left, (things) => (things.length === 0 ? things : undefined), {
    every: GONE_LOOK_MS,
    deadline: new Date(clock.now().getTime() + GONE_MS),
    clock,
    wait,
    late: (things) => {
      const message = `${counted(things.length, 'thing')} of the app did not go within ${GONE_MS / 1000} s.`;
      const said = result === null || result.ok ? [] : [result.message];
      const evidence = [`${things[0]?.kind} ${things[0]?.name}`, ...said].join('\n');
      throw new StageFailure('infra', { reason: 'NotTakenDown', message, evidence });
    },
  });
}

/** The controller's HTTP server: from where it listens to its end. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../ports.ts';
import { codeOf, messageOf, Terminal } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';
import type { Pulse } from '../runtime/pulse.ts';
import type { SecretSource } from '../runtime/secret-source.ts';
import type { Feed } from '../store/feed.ts';
import type { Layout } from '../store/layout.ts';
import { keepLists } from '../views/kept.ts';
import { watchRuns } from '../views/watched-runs.ts';
import type { Reading } from '../views/reading.ts';
import { type Limits, LIMITS, makeApp, say } from './app.ts';
import { addApi } from './api.ts';
import { addAssets } from './assets.ts';
import { addBadges } from './badges.ts';
import { enrolledRecipes } from './enrolled.ts';
import { addFiles } from './files.ts';
import { addGuards } from './guards.ts';
import { addHealth } from './health.ts';
import { addHook } from './hook.ts';
import { addPages } from './pages.ts';
import { STREAM_TIMES, type StreamTimes } from './event-stream.ts';
import { addMetrics } from './metrics.ts';
import { addOpenApi } from './openapi.ts';
import { addQueue } from './queue.ts';
import { addRunPage } from './run-page.ts';
import { addStreams } from './streams.ts';
import { addChanges } from './changes.ts';
import { makeSeats } from './seats.ts';

export interface HttpDeps {
  /** Port 0 takes any that is free. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Null where there is no webhook. */
  readonly hook: {
    readonly secret: SecretSource;
    /** Its address. */
    readonly forge: string;
    /** Called once the nudge is on disk. */
    readonly onNudge: (recipe: string) => void;
  } | null;
  readonly layout: Layout;
  /** Of the store in memory: `readStore`. */
  readonly reading: Reading;
  /** Of the same store: which runs have changed. */
  readonly feed: Pick<Feed, 'subscribe'>;
  /** Where people reach this server, without a slash at its end; null where nobody said. */
  readonly publicUrl: string | null;
  /** Addresses and subnets of the proxy before us: what it says of a client is believed, and of nobody else. */
  readonly proxies?: readonly string[];
  readonly pulse: Pulse;
  readonly clock: Clock;
  readonly log: Log;
  /** For tests. */
  readonly limits?: Partial<Limits>;
  readonly streams?: Partial<StreamTimes>;
}

export interface Http {
  readonly host: string;
  readonly port: number;
  /** Resolves after the signal, when no connection is left. */
  readonly ended: Promise<void>;
}

/** What is being answered when the signal comes may finish for so long; then every connection is cut. */
const GRACE_MS = 1_000;

/** Throws Terminal where the address cannot be listened on. */
export async function startHttp(deps: HttpDeps, signal: AbortSignal): Promise<Http> {
  const { log, listen } = deps;
  const limits = { ...LIMITS, ...deps.limits };
  const app = makeApp(log, limits, deps.proxies ?? []);
  const answering = countAnswers(app, signal);
  await addGuards(app, limits);
  addRoutes(app, { ...deps, limits }, signal);
  try {
    await app.listen(listen);
  } catch (error) {
    await app.close();
    throw new Terminal('CannotListen', cannotListen(deps, error), { cause: error });
  }
  const at = app.server.address();
  const port = at === null || typeof at === 'string' ? listen.port : at.port;
  log.info({ host: listen.host, port, hook: deps.hook !== null }, 'HTTP server listens');
  return { host: listen.host, port, ended: endOf(app, answering, signal) };
}

function addRoutes(
  app: FastifyInstance,
  deps: HttpDeps & { readonly limits: Limits },
  signal: AbortSignal,
): void {
  const { reading, clock, limits, hook, feed, publicUrl, log } = deps;
  const now = (): Date => clock.now();
  const warn = (text: string): void => log.warn({ text }, 'not shown on the pages');
  const kept = keepLists({ reading, now, warn }, feed, signal);
  addHealth(app, deps);
  addAssets(app);
  addPages(app, { kept, now, publicUrl });
  addRunPage(app, { reading, now, kept });
  addFiles(app, { reading, now });
  addQueue(app, { reading, now, kept });
  addBadges(app, { kept });
  addApi(app, { kept, reading, now });
  const streams = {
    seats: makeSeats(limits.followers),
    times: { ...STREAM_TIMES, ...deps.streams },
    signal,
  };
  const viewer = { reading, now };
  addStreams(app, { ...streams, viewer, watched: watchRuns(viewer, feed, signal), log });
  addChanges(app, { ...streams, feed });
  addOpenApi(app);
  addMetrics(app, { kept, seats: streams.seats });
  if (hook !== null)
    addHook(app, { ...deps, ...hook, recipesOf: enrolledRecipes({ reading, clock, ...hook }) });
  // What is read for the first time takes a while, and the first visitor need not wait for it.
  void Promise.all([kept.runs(), kept.recipes()]).catch(() => undefined);
}

interface Answering {
  /** Resolves as soon as nothing is being answered. */
  idle(): Promise<void>;
}

/** After the signal nothing new is taken, also on a connection that is open already. */
function countAnswers(app: FastifyInstance, signal: AbortSignal): Answering {
  let count = 0;
  let tell = (): void => undefined;
  app.addHook('onRequest', async (_request, reply) => {
    count += 1;
    // Whatever becomes of it: also where the client goes away.
    reply.raw.once('close', () => {
      count -= 1;
      if (count === 0) tell();
    });
    return signal.aborted
      ? say(reply.header('connection', 'close'), 503, 'The controller is stopping.')
      : undefined;
  });
  return {
    idle: async () => {
      if (count === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      tell = resolve;
      await promise;
    },
  };
}

async function endOf(app: FastifyInstance, answering: Answering, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) {
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
  }
  const done = new AbortController();
  await Promise.race([
    answering.idle(),
    delay(GRACE_MS, undefined, { signal: done.signal }).catch(() => undefined),
  ]);
  done.abort();
  await app.close();
}

function cannotListen({ listen }: HttpDeps, error: unknown): string {
  const why = codeOf(error) === 'EADDRINUSE' ? 'another program listens there' : messageOf(error);
  return `CCCI_HTTP_LISTEN: ${listen.host}:${listen.port} cannot be listened on: ${why}.`;
}

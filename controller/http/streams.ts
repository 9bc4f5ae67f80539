/** `/api/v1/runs/<name>/events` and `/api/v1/runs/<name>/logs`: a run as it goes on, for at most so many followers. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../runtime/log.ts';
import { messageOf } from '../runtime/errors.ts';
import { type LogPlace, placeIn } from '../views/log-place.ts';
import { publicationOf } from '../views/published.ts';
import type { RunView } from '../views/runs.ts';
import type { WatchedRuns } from '../views/watched-runs.ts';
import { openStream, type StreamTimes } from './event-stream.ts';
import { FollowedRun, type Wanted } from './follow-log.ts';
import { noRun, type Reader, runNamed } from './run-page.ts';
import { problem } from './problem.ts';
import type { Seats } from './seats.ts';
import { sendLog } from './send-log.ts';

export interface StreamsDeps {
  readonly viewer: Reader;
  readonly watched: WatchedRuns;
  readonly log: Log;
  readonly times: StreamTimes;
  /** Ends every stream; a follower comes back by itself. */
  readonly signal: AbortSignal;
  readonly seats: Seats;
}

type Request = FastifyRequest<{ Params: { name: string }; Querystring: Record<string, unknown> }>;

/** A head alone would hold a seat. */
const STREAM = { exposeHeadRoute: false };
/** A long log over a slow line. */
const LOG_MS = 10 * 60_000;

export function addStreams(app: FastifyInstance, deps: StreamsDeps): void {
  const { seats } = deps;
  app.get('/api/v1/runs/:name/events', STREAM, async (request: Request, reply) => {
    const run = await runNamed(deps.viewer, request.params.name);
    if (run === null) return problem(reply, 404, noRun(request.params.name));
    return seated({ deps, seats, reply }, run, { log: null, known: lastId(request) });
  });
  app.get(
    '/api/v1/runs/:name/logs',
    { ...STREAM, handlerTimeout: LOG_MS },
    async (request: Request, reply) => {
      const run = await runNamed(deps.viewer, request.params.name);
      if (run === null) return problem(reply, 404, noRun(request.params.name));
      if (request.query['follow'] === undefined) return sendLog(deps.viewer, run, { reply, gzip: false });
      const from = await placeOf(deps.viewer, run, request);
      const { known } = request.query;
      return seated({ deps, seats, reply }, run, {
        log: { from },
        known: typeof known === 'string' ? known : '',
      });
    },
  );
  app.get(
    '/api/v1/runs/:name/logs.gz',
    { ...STREAM, handlerTimeout: LOG_MS },
    async (request: Request, reply) => {
      const run = await runNamed(deps.viewer, request.params.name);
      if (run === null) return problem(reply, 404, noRun(request.params.name));
      void reply.header('content-disposition', `attachment; filename="${run.metadata.name}.log.gz"`);
      return sendLog(deps.viewer, run, { reply, gzip: true });
    },
  );
}

interface Place {
  readonly deps: StreamsDeps;
  readonly seats: Seats;
  readonly reply: FastifyReply;
}

function seated({ deps, seats, reply }: Place, run: RunView, wanted: Wanted): FastifyReply {
  if (!seats.take()) return problem(reply.header('retry-after', '30'), 503, seats.full);
  const stream = openStream(reply, deps.times);
  const watch = deps.watched.join(run.metadata.name);
  const stop = (): void => stream.end();
  deps.signal.addEventListener('abort', stop, { once: true });
  stream.onClose(() => {
    deps.signal.removeEventListener('abort', stop);
    watch.leave();
    seats.leave();
  });
  void new FollowedRun(stream, watch, wanted).serve().catch((error: unknown) => {
    deps.log.error({ run: run.metadata.name, error: messageOf(error) }, 'a run cannot be followed');
    stream.end();
  });
  return reply;
}

function lastId({ headers }: FastifyRequest): string {
  const id = headers['last-event-id'];
  return typeof id === 'string' ? id : '';
}

/** Where it stood when it left; else where the page that it has ends. What is no place of this run is its first line. */
async function placeOf({ reading }: Reader, run: RunView, request: Request): Promise<LogPlace | null> {
  const { after } = request.query;
  const said = lastId(request) || (typeof after === 'string' ? after : '');
  const place = placeIn(said);
  if (place === null) return null;
  const { steps } = await publicationOf({ reading }, run);
  const step = steps.find(({ name }) => name === place.step);
  if (step === undefined) return null;
  return (await reading.beginsLogLine(run.status.uid, step, place.offset)) ? place : null;
}

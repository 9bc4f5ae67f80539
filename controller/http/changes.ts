/** `/api/v1/events`: that something about some run has changed, for a page that shows them all. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { type Feed, follow } from '../store/feed.ts';
import type { EventStream, StreamTimes } from './event-stream.ts';
import { openStream } from './event-stream.ts';
import { problem } from './problem.ts';
import type { Seats } from './seats.ts';

export interface ChangesDeps {
  readonly feed: Pick<Feed, 'subscribe'>;
  readonly seats: Seats;
  readonly times: StreamTimes;
  readonly signal: AbortSignal;
}

/** Who is told more often could not look in between. */
const PAUSE_MS = 500;

export function addChanges(app: FastifyInstance, { feed, seats, times, signal }: ChangesDeps): void {
  app.get('/api/v1/events', { exposeHeadRoute: false }, async (_request, reply) => {
    if (!seats.take()) return problem(reply.header('retry-after', '30'), 503, seats.full);
    const gone = new AbortController();
    const stream = openStream(reply, times);
    const stop = (): void => stream.end();
    signal.addEventListener('abort', stop, { once: true });
    stream.onClose(() => {
      signal.removeEventListener('abort', stop);
      gone.abort();
      seats.leave();
    });
    void tell(stream, feed, gone.signal).catch(() => stream.end());
    return reply;
  });
}

async function tell(stream: EventStream, feed: ChangesDeps['feed'], signal: AbortSignal): Promise<void> {
  // What happened before it came, or while it was away, is a change as well.
  await stream.send({ event: 'changed', data: {} });
  await follow(feed, signal, async () => {
    await stream.send({ event: 'changed', data: {} });
    await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  });
}

/** `/queue` and `/compare/<run>/<run>`: what waits and why, and two runs beside each other. */
import type { FastifyInstance } from 'fastify';
import { queuePage } from '../../dashboard/queue.ts';
import { comparePage } from '../../dashboard/run-compared.ts';
import { compared } from '../views/compared.ts';
import type { Kept } from '../views/kept.ts';
import { queueView } from '../views/queue.ts';
import { sendPage } from './answers.ts';
import { type Reader, runNamed, sayNoRun } from './run-page.ts';

export interface QueueDeps extends Reader {
  readonly kept: Pick<Kept, 'runs'>;
}

export function addQueue(app: FastifyInstance, viewer: QueueDeps): void {
  const { kept, now } = viewer;
  app.get('/queue', async (_request, reply) =>
    sendPage(reply, 200, queuePage(queueView(await kept.runs(), now()), now())),
  );
  app.get<{ Params: { before: string; after: string } }>(
    '/compare/:before/:after',
    async ({ params: { before, after } }, reply) => {
      const [of, to] = [await runNamed(viewer, before), await runNamed(viewer, after)];
      if (of === null) return sayNoRun(reply, before, false);
      if (to === null) return sayNoRun(reply, after, false);
      return sendPage(reply, 200, comparePage(await compared(viewer, { before: of, after: to }), now()));
    },
  );
}

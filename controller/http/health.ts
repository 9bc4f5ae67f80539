/** `/healthz` and `/readyz`: whether the process answers, and whether it works. */
import type { FastifyInstance } from 'fastify';
import type { Pulse } from '../runtime/pulse.ts';
import { say } from './app.ts';

export function addHealth(app: FastifyInstance, { pulse }: { readonly pulse: Pulse }): void {
  app.get('/healthz', (_request, reply) => say(reply, 200, 'alive'));
  // The store is open before anything listens here.
  app.get('/readyz', (_request, reply) => {
    const problem = pulse.problem();
    return problem === null ? say(reply, 200, 'ready') : say(reply, 503, problem);
  });
}

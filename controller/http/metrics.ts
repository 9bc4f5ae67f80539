/** `/metrics`: how runs and recipes stand, and this process, as Prometheus asks for it. */
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Kept } from '../views/kept.ts';
import { overviewOf } from '../views/overview.ts';
import { stateName } from '../views/standing.ts';
import type { Seats } from './seats.ts';

export interface MetricsDeps {
  readonly kept: Kept;
  readonly seats: Pick<Seats, 'taken'>;
}

export function addMetrics(app: FastifyInstance, { kept, seats }: MetricsDeps): void {
  const registry = new Registry();
  // Each server has its own, so that several in one process do not share what they count.
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, label?: string): Gauge =>
    new Gauge({ name, help, labelNames: label === undefined ? [] : [label], registers: [registry] });
  const runs = gauge('ccci_runs', 'Runs that are kept, by state.', 'state');
  const recipes = gauge('ccci_recipes', 'Enrolled recipes, by how they stand.', 'standing');
  const followers = gauge('ccci_followers', 'Connections that follow a run or all of them.');
  app.get('/metrics', async (_request, reply) => {
    const [all, enrolled] = [await kept.runs(), await kept.recipes()];
    set(runs, 'state', all.map(stateName));
    set(
      recipes,
      'standing',
      overviewOf(enrolled, all).map(({ standing }) => standing),
    );
    followers.set(seats.taken());
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}

/** What there is none of any more is not shown as before. */
function set(gauge: Gauge, label: string, values: readonly string[]): void {
  gauge.reset();
  for (const [value, own] of Map.groupBy(values, (each) => each)) gauge.set({ [label]: value }, own.length);
}

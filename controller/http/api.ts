/** `/api/v1/runs` and `/api/v1/runs/<name>`: what pages show, as JSON. Read only. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { API_VERSION } from '../api/primitives.ts';
import type { Kept } from '../views/kept.ts';
import type { Viewer } from '../views/reading.ts';
import { publicRun } from '../views/public-run.ts';
import { recipeOf } from '../views/run-record.ts';
import { json, problem } from './problem.ts';
import { noRun, runNamed } from './run-page.ts';

const MOST = 500;

const whole = (most: number) =>
  z
    .string()
    .regex(/^\d{1,7}$/)
    .transform(Number)
    .pipe(z.number().max(most));

const Query = z.object({
  recipe: z.string().optional(),
  limit: whole(MOST).default(100),
  offset: whole(9_999_999).default(0),
});

export interface ApiDeps extends Pick<Viewer, 'reading' | 'now'> {
  readonly kept: Kept;
}

export function addApi(app: FastifyInstance, { kept, reading, now }: ApiDeps): void {
  app.get('/api/v1/runs', async (request, reply) => {
    const query = Query.safeParse(request.query);
    if (!query.success) return problem(reply, 400, `limit is 0 to ${MOST}, and offset a whole number.`);
    const { recipe, limit, offset } = query.data;
    const all = await kept.runs();
    const runs = recipe === undefined ? all : all.filter((run) => recipeOf(run) === recipe);
    const items = runs.slice(offset, offset + limit).map((run) => publicRun(run, reading.stateDir));
    return json(reply, 200, {
      apiVersion: API_VERSION,
      kind: 'TestRunList',
      metadata: { total: runs.length, offset },
      items,
    });
  });
  app.get<{ Params: { name: string } }>('/api/v1/runs/:name', async ({ params: { name } }, reply) => {
    const run = await runNamed({ reading, now }, name);
    return run === null
      ? problem(reply, 404, noRun(name))
      : json(reply, 200, publicRun(run, reading.stateDir));
  });
}

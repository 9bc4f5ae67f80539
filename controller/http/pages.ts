/** `/` and `/recipes/<recipe>`: the pages over all runs. */
import type { FastifyInstance } from 'fastify';
import { overviewPage } from '../../dashboard/overview.ts';
import { recipePage } from '../../dashboard/recipe.ts';
import { sentencePage } from '../../dashboard/shell.ts';
import { RecipeName } from '../api/primitives.ts';
import type { Kept } from '../views/kept.ts';
import { judgesRecipe, overviewOf } from '../views/overview.ts';
import { recipeOf } from '../views/run-record.ts';
import { sendPage } from './answers.ts';

export interface PagesDeps {
  readonly kept: Kept;
  readonly now: () => Date;
  /** Without a slash at its end. */
  readonly publicUrl: string | null;
}

/** The newest run of a recipe, always by the same address; a visitor is led to it. */
function addLatest(app: FastifyInstance, { kept }: Pick<PagesDeps, 'kept'>): void {
  app.get<{ Params: { recipe: string } }>('/recipes/:recipe/latest', async (request, reply) => {
    const { recipe } = request.params;
    const run = (await kept.runs()).find((each) => judgesRecipe(each) && recipeOf(each) === recipe);
    return run === undefined
      ? sendPage(reply, 404, sentencePage('No run', 'No run of that recipe is known.'))
      : reply.redirect(`/runs/${encodeURIComponent(run.metadata.name)}`, 302);
  });
}

export function addPages(app: FastifyInstance, { kept, now, publicUrl }: PagesDeps): void {
  addLatest(app, { kept });
  app.get('/', async (_request, reply) => {
    const [recipes, runs] = [await kept.recipes(), await kept.runs()];
    return sendPage(reply, 200, overviewPage({ rows: overviewOf(recipes, runs), runs, now: now() }));
  });
  app.get<{ Params: { recipe: string }; Querystring: Record<string, unknown> }>(
    '/recipes/:recipe',
    async ({ params: { recipe }, query }, reply) => {
      const isName = RecipeName.safeParse(recipe).success;
      const runs = isName ? (await kept.runs()).filter((run) => recipeOf(run) === recipe) : [];
      const isEnrolled = (await kept.recipes()).has(recipe);
      if (!isName || (!isEnrolled && runs.length === 0)) {
        const sentence = isName
          ? `The recipe "${recipe}" is not enrolled, and no run of it is known.`
          : 'That is not the name of a recipe.';
        return sendPage(reply, 404, sentencePage('No such recipe', sentence));
      }
      const history = { recipe, isEnrolled, runs, page: pageIn(query), publicUrl, now: now() };
      return sendPage(reply, 200, recipePage(history));
    },
  );
}

function pageIn({ page }: Record<string, unknown>): number {
  return typeof page === 'string' && /^[1-9]\d{0,5}$/.test(page) ? Number(page) : 1;
}

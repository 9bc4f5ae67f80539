/** `/` and `/recipes/<recipe>`: the pages over all runs. */
import type { FastifyInstance } from 'fastify';
import { overviewPage } from '../../dashboard/overview.ts';
import { recipePage } from '../../dashboard/recipe.ts';
import { sentencePage } from '../../dashboard/shell.ts';
import { RecipeName } from '../api/primitives.ts';
import type { Kept } from '../views/kept.ts';
import { overviewOf } from '../views/overview.ts';
import { recipeOf } from '../views/run-record.ts';
import { sendPage } from './answers.ts';

export interface PagesDeps {
  readonly kept: Kept;
  readonly now: () => Date;
  /** Without a slash at its end. */
  readonly publicUrl: string | null;
}

export function addPages(app: FastifyInstance, { kept, now, publicUrl }: PagesDeps): void {
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

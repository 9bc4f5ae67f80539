/** `/badge/<recipe>.svg` and `.json`: never an error, because a broken picture tells nobody anything. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { badgeSvg } from '../../dashboard/badge.ts';
import { RecipeName } from '../api/primitives.ts';
import { StageName } from '../api/stage.ts';
import type { Kept } from '../views/kept.ts';
import { badgeOf, type BadgeWanted, type RecipeBadge, UNKNOWN_RECIPE } from '../views/recipe-badge.ts';
import { recipeOf } from '../views/run-record.ts';

type Query = Record<string, unknown>;

export function addBadges(app: FastifyInstance, { kept }: { readonly kept: Kept }): void {
  const badge = async (recipe: string, query: Query): Promise<RecipeBadge> => {
    if (!RecipeName.safeParse(recipe).success) return UNKNOWN_RECIPE;
    const runs = (await kept.runs()).filter((run) => recipeOf(run) === recipe);
    const isKnown = runs.length > 0 || (await kept.recipes()).has(recipe);
    return isKnown ? badgeOf(runs, wantedIn(query)) : UNKNOWN_RECIPE;
  };
  app.get<{ Params: { file: string }; Querystring: Query }>(
    '/badge/:file',
    async (request, reply: FastifyReply) => {
      const { recipe = '', form = '' } = FILE.exec(request.params.file)?.groups ?? {};
      // A README elsewhere shows it.
      void reply.header('cross-origin-resource-policy', 'cross-origin');
      const shown = await badge(recipe, request.query);
      return form === 'json'
        ? reply.type('application/json; charset=utf-8').send(shieldsText(shown))
        : reply.type('image/svg+xml').send(badgeSvg(shown).toString());
    },
  );
}

const FILE = /^(?<recipe>.+)\.(?<form>svg|json)$/;

/** As shields.io asks an endpoint. */
function shieldsText({ message, color }: RecipeBadge): string {
  return `${JSON.stringify({ schemaVersion: 1, label: 'cc-ci', message, color })}\n`;
}

/** What cannot be understood was not said. */
function wantedIn({ pr, stage, version }: Query): BadgeWanted {
  return {
    pr: typeof pr === 'string' && /^[1-9]\d{0,8}$/.test(pr) ? Number(pr) : null,
    stage: StageName.safeParse(stage).data ?? null,
    version: typeof version === 'string' && version !== '' ? version : null,
  };
}

/** Answers comments that got no run: each once, also where the answer to the answer was lost. */
import { withCondition } from '../../domain/run/conditions.ts';
import type { PullReportBody } from '../../api/pull-report.ts';
import type { Refused } from '../../api/pull-status.ts';
import { hasMarker, replyMarkerOf } from '../../domain/report/marker.ts';
import { occasionOf, replyOf } from '../../domain/report/reply.ts';
import type { ForgeComment } from '../../forge.ts';
import { isFailure } from '../../runtime/errors.ts';
import { done, failed, isFinal, type Said } from './conditions.ts';
import type { ReportDeps } from './deps.ts';
import type { Seen } from './observe.ts';
import type { Page } from './page.ts';

const TYPE = 'CommentsAnswered';
/** In place of an answer's id: the forge did not take it. */
const REFUSED = 0;

export async function answerRefused(
  deps: ReportDeps,
  { pull }: Seen,
  page: Page<PullReportBody>,
): Promise<void> {
  const open = pull.refused.filter(({ commentId }) => page.body.answered[commentId] === undefined);
  if (open.length === 0) return;
  const note = async (said: Said, answered = page.body.answered): Promise<void> =>
    page.put({ answered, conditions: withCondition(page.body.conditions, said, deps.clock.now()) });
  try {
    const ours = await ownComments(deps, pull);
    for (const refused of open) {
      const id = answerTo(refused, pull.refused, { page, ours }) ?? (await answer(deps, pull, refused));
      const said =
        id === REFUSED
          ? failed(TYPE, new Error(`The forge refuses an answer to comment ${refused.commentId}.`))
          : done(TYPE, 'Each comment that got no run has an answer.');
      await note(said, { ...page.body.answered, [refused.commentId]: id });
    }
  } catch (error) {
    if (!isFailure(error)) throw error;
    await note(failed(TYPE, error));
    if (!isFinal(error)) throw error;
  }
}

async function ownComments(
  { forge }: ReportDeps,
  { repository, number }: Seen['pull'],
): Promise<readonly ForgeComment[]> {
  const me = await forge.me();
  return (await forge.comments(repository, number)).filter(({ author }) => author === me);
}

interface Known {
  readonly page: Page<PullReportBody>;
  readonly ours: readonly ForgeComment[];
}

/** The answer that was given on the same occasion before, whether it is noted or was only found; null where there is none. */
function answerTo(refused: Refused, all: readonly Refused[], { page, ours }: Known): number | null {
  const same = all.filter((each) => occasionOf(each) === occasionOf(refused));
  const noted = same.map(({ commentId }) => page.body.answered[commentId]).find((id) => id !== undefined);
  const found = ours.find(({ body }) =>
    same.some(({ commentId }) => hasMarker(body, replyMarkerOf(commentId))),
  );
  return noted ?? found?.id ?? null;
}

async function answer(
  { forge, log }: ReportDeps,
  { repository, number }: Seen['pull'],
  refused: Refused,
): Promise<number> {
  try {
    return (await forge.addComment(repository, number, replyOf(refused))).id;
  } catch (error) {
    if (!isFinal(error)) throw error;
    log.warn({ comment: refused.commentId, error: String(error) }, 'the forge refuses an answer');
    return REFUSED;
  }
}

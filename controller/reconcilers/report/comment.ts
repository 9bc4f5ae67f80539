/** Asserts the one comment of a pull request. */
import { withCondition } from '../../domain/run/conditions.ts';
import type { PullReportBody } from '../../api/pull-report.ts';
import { commentOf } from '../../domain/report/comment.ts';
import { linksAt } from '../../domain/report/links.ts';
import { hasMarker, markerOf } from '../../domain/report/marker.ts';
import type { Reference } from '../../api/report-status.ts';
import type { ReportedRun } from '../../domain/report/reported-run.ts';
import type { Forge, ForgeComment } from '../../forge.ts';
import { operatorReportOf } from '../../views/operator-report.ts';
import { isFailure } from '../../runtime/errors.ts';
import { done, failed, isFinal, type Said } from './conditions.ts';
import type { ReportDeps } from './deps.ts';
import { digestOf } from './digest.ts';
import { leftBy } from './left.ts';
import { commentIdOf, type Seen } from './observe.ts';
import type { Page } from './page.ts';
import type { RunReport } from './run-report.ts';

export interface CommentTask {
  readonly seen: Seen;
  readonly run: ReportedRun;
  readonly reference: Reference | null;
  readonly page: Page<PullReportBody>;
  readonly runReport: RunReport;
  /** Whether it is to be looked for, also where all was said. */
  readonly isDue: boolean;
}

const TYPE = 'CommentPosted';

export async function sayComment(deps: ReportDeps, task: CommentTask): Promise<void> {
  const { page, run, runReport, seen } = task;
  const text = await textOf(deps, task);
  const digest = digestOf(text);
  if (page.body.refused === digest) return;
  const isSaid = page.body.said === digest && page.body.commentId !== null;
  const note = async (said: Said, change: Partial<PullReportBody>): Promise<void> => {
    await page.put({ ...change, conditions: withCondition(page.body.conditions, said, deps.clock.now()) });
    await runReport.note(said);
  };
  try {
    const stands = isSaid && !(task.isDue && (await isGone(deps.forge, task)));
    const id = stands ? page.body.commentId : (await ensureComment(deps.forge, task, text)).id;
    const about = Math.max(page.body.about, commentIdOf(run));
    await note(done(TYPE, 'The comment says how the run stands.'), {
      commentId: id,
      said: digest,
      refused: null,
      about,
    });
  } catch (error) {
    if (!isFailure(error)) throw error;
    await note(failed(TYPE, error), isFinal(error) ? { refused: digest } : {});
    if (!isFinal(error)) throw error;
    deps.log.warn({ pull: seen.pull.url, error: String(error) }, 'the forge refuses the comment');
  }
}

async function textOf(deps: ReportDeps, { seen, run, reference }: CommentTask): Promise<string> {
  const isOver = run.status.finishedAt !== null;
  return commentOf({
    pull: seen.pull,
    run,
    older: seen.runs.filter((each) => each !== run),
    results: isOver ? await deps.reading.results(run.status.uid) : null,
    operator: isOver ? await operatorReportOf(deps, run) : null,
    ...(isOver ? await leftBy(deps, run) : { logEnd: null, picture: null }),
    reference,
    usualMinutes: seen.usualMinutes,
    links: linksAt(deps.publicUrl),
  });
}

async function isGone(forge: Forge, { seen: { pull }, page }: CommentTask): Promise<boolean> {
  const { commentId } = page.body;
  return commentId !== null && (await forge.comment(pull.repository, commentId)) === null;
}

/** By its id, else by marker and author; an answer that was lost left a comment, which is found so. */
async function ensureComment(
  forge: Forge,
  { seen: { pull }, page }: CommentTask,
  text: string,
): Promise<ForgeComment> {
  const { repository, number, recipe } = pull;
  const { commentId } = page.body;
  const edited = commentId === null ? null : await forge.editComment(repository, commentId, text);
  if (edited !== null) return edited;
  const me = await forge.me();
  const marker = markerOf(recipe, number);
  const own = (await forge.comments(repository, number)).find(
    ({ author, body }) => author === me && hasMarker(body, marker),
  );
  if (own?.body === text) return own;
  const again = own === undefined ? null : await forge.editComment(repository, own.id, text);
  return again ?? forge.addComment(repository, number, text);
}

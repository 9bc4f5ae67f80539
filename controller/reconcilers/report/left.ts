/** What a run that is over left to be shown under its pull request: the end of the log of what failed, and a picture of the app. */
import { decidingStep } from '../../domain/run/appearance.ts';
import type { CommentOf } from '../../domain/report/comment.ts';
import { lastSteps, type ReportedRun } from '../../domain/report/reported-run.ts';
import { runFilesOf } from '../../views/run-files.ts';
import type { ReportDeps } from './deps.ts';

export type Left = Pick<CommentOf, 'logEnd' | 'picture'>;

const PICTURE = 'artifacts/screenshot.png';
const MOST_LINES = 12;
/** Of a log of any length no more is read. */
const MOST_BYTES = 16 * 1024;

/** Only what the pages would show as well: what was looked through for secrets, and found clean. */
export async function leftBy({ reading }: Pick<ReportDeps, 'reading'>, run: ReportedRun): Promise<Left> {
  const { publication, files } = await runFilesOf({ reading }, run);
  const { uid, attempt, verdict } = run.status;
  const picture = files.some(({ name }) => name === PICTURE) ? PICTURE : null;
  const name = decidingStep(lastSteps(run));
  const step = publication.steps.findLast((each) => each.attempt === attempt && each.step === name);
  if (!publication.files || verdict === 'Passed' || verdict === 'Cancelled' || step === undefined)
    return { logEnd: null, picture };
  const lines = (await reading.logEnd(uid, step, MOST_BYTES)).slice(-MOST_LINES);
  return { logEnd: { step: step.step, lines }, picture };
}

/** One pull request, one reconcile: what was said is asserted until it was observed, and no report changes a verdict. */
import type { PullReportBody } from '../../api/pull-report.ts';
import type { Reconciler } from '../../runtime/controllers.ts';
import { Waiting } from '../../runtime/errors.ts';
import { sayComment } from './comment.ts';
import type { ReportDeps } from './deps.ts';
import { commentIdOf, observe, type Seen } from './observe.ts';
import { type Page, pageOf } from './page.ts';
import { ensureReference } from './reference.ts';
import { answerRefused } from './replies.ts';
import { runReportOf } from './run-report.ts';
import { setStatuses } from './statuses.ts';

const NOTHING_SAID: Omit<PullReportBody, 'url'> = {
  about: 0,
  commentId: null,
  said: null,
  refused: null,
  statuses: {},
  answered: {},
  conditions: [],
};

/** Of a comment that somebody takes away nothing tells: it is looked for so often while its pull request is open. */
const LOOK_MS = 10 * 60_000;

export function makeReporter(deps: ReportDeps): Reconciler {
  /** When the comment was looked for; from the first reconcile of this process on. */
  const looked = new Map<string, number>();
  return async (name) => {
    const seen = await observe(deps, name);
    if (seen === null) {
      looked.delete(name);
      // What was said there is found again by its marker.
      await deps.pullReports.remove(name);
      return { requeueAfterMs: null };
    }
    const { url } = seen.pull;
    const now = deps.clock.now().getTime();
    if (!looked.has(name)) looked.set(name, now);
    const isOpen = seen.pull.state === 'open';
    const isDue = isOpen && now - (looked.get(name) ?? now) >= LOOK_MS;
    const page = await pageOf(deps.pullReports, name, {
      empty: { url, ...NOTHING_SAID },
      isOurs: (body) => body.url === url,
    });
    await each([
      () => sayRuns(deps, seen, { page, isDue }),
      () => answerRefused(deps, seen, page),
      () => (isOutdated(seen, page) ? Promise.resolve() : setStatuses(deps, seen, page)),
    ]);
    if (isDue) looked.set(name, now);
    return { requeueAfterMs: isOpen && page.body.commentId !== null ? LOOK_MS : null };
  };
}

async function sayRuns(
  deps: ReportDeps,
  seen: Seen,
  { page, isDue }: { readonly page: Page<PullReportBody>; readonly isDue: boolean },
): Promise<void> {
  const [run] = seen.runs;
  if (run === undefined || isOutdated(seen, page)) return;
  const runReport = await runReportOf(deps, run);
  const reference = await ensureReference(deps, seen, { run, runReport });
  await sayComment(deps, { seen, run, reference, page, runReport, isDue });
}

/** The run that was spoken of is forgotten, and older ones are left: they do not get the last word. */
function isOutdated({ runs: [run] }: Seen, { body }: Page<PullReportBody>): boolean {
  return run === undefined || commentIdOf(run) < body.about;
}

/** What fails does not keep the rest from being said, unless the forge asks for patience. */
async function each(parts: readonly (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const part of parts)
    try {
      await part();
    } catch (error) {
      if (error instanceof Waiting) throw error;
      errors.push(error);
    }
  if (errors.length > 0) throw errors[0];
}

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

export function makeReporter(deps: ReportDeps): Reconciler {
  return async (name) => {
    const seen = await observe(deps, name);
    if (seen === null) return { requeueAfterMs: null };
    const { url } = seen.pull;
    const page = await pageOf(deps.pullReports, name, {
      empty: { url, ...NOTHING_SAID },
      isOurs: (body) => body.url === url,
    });
    await each([
      () => sayRuns(deps, seen, page),
      () => answerRefused(deps, seen, page),
      () => (isOutdated(seen, page) ? Promise.resolve() : setStatuses(deps, seen, page)),
    ]);
    return { requeueAfterMs: null };
  };
}

async function sayRuns(deps: ReportDeps, seen: Seen, page: Page<PullReportBody>): Promise<void> {
  const [run] = seen.runs;
  if (run === undefined || isOutdated(seen, page)) return;
  const runReport = await runReportOf(deps, run);
  const reference = await ensureReference(deps, seen, { run, runReport });
  await sayComment(deps, { seen, run, reference, page, runReport });
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

/** Asserts the commit status of each commit that was asked for under a pull request. */
import { withCondition } from '../../domain/run/conditions.ts';
import type { PullReportBody } from '../../api/pull-report.ts';
import { CONTEXT, commitStatusOf } from '../../domain/report/commit-status.ts';
import { linksAt } from '../../domain/report/links.ts';
import type { ReportedRun } from '../../domain/report/reported-run.ts';
import type { CommitStatus } from '../../forge.ts';
import { isFailure, Terminal, Waiting } from '../../runtime/errors.ts';
import { done, failed, isFinal, type Said } from './conditions.ts';
import type { ReportDeps } from './deps.ts';
import { digestOf } from './digest.ts';
import type { Seen } from './observe.ts';
import type { Page } from './page.ts';
import { type RunReport, runReportOf } from './run-report.ts';

const TYPE = 'CommitStatusSet';
const COMMIT = /^[0-9a-f]{40}$/;

export async function setStatuses(deps: ReportDeps, seen: Seen, page: Page<PullReportBody>): Promise<void> {
  // Of several runs of one commit the newest speaks; a commit that was pushed over keeps its last word.
  const byCommit = new Map(seen.runs.toReversed().map((run) => [run.spec.source.ref, run]));
  for (const [sha, run] of byCommit) if (COMMIT.test(sha)) await setStatus(deps, seen, { run, page });
}

async function setStatus(
  deps: ReportDeps,
  { pull }: Seen,
  { run, page }: { readonly run: ReportedRun; readonly page: Page<PullReportBody> },
): Promise<void> {
  const sha = run.spec.source.ref;
  const status = commitStatusOf(run, linksAt(deps.publicUrl));
  const digest = digestOf(JSON.stringify(status));
  const runReport = await runReportOf(deps, run);
  const note = async (said: Said, statuses: PullReportBody['statuses']): Promise<void> => {
    const conditions = withCondition(page.body.conditions, said, deps.clock.now());
    await page.put({ statuses, conditions });
    await runReport.note(said);
  };
  const { statuses, conditions } = page.body;
  if (statuses[sha] === refusedFor(run)) return noteRefusal(runReport, conditions);
  try {
    if (statuses[sha] !== digest) await setOrSay(deps, pull, { sha, status });
    await note(done(TYPE, `${CONTEXT} is on the commit.`), { ...statuses, [sha]: digest });
  } catch (error) {
    if (!isFailure(error)) throw error;
    await note(failed(TYPE, error), isFinal(error) ? { ...statuses, [sha]: refusedFor(run) } : statuses);
    if (!isFinal(error)) throw error;
    deps.log.warn({ run: run.name, error: String(error) }, 'the forge refuses the commit status');
  }
}

/** Of a commit that the repository lacks Gitea says no more than that it failed: then it is asked whether that is it. */
async function setOrSay(
  { forge }: ReportDeps,
  { repository }: Seen['pull'],
  { sha, status }: { readonly sha: string; readonly status: CommitStatus },
): Promise<void> {
  try {
    await forge.setCommitStatus(repository, sha, status);
  } catch (error) {
    if (error instanceof Terminal || error instanceof Waiting) throw error;
    // Where that cannot be asked either, the forge is out of order.
    if (await forge.hasCommit(repository, sha).catch(() => true)) throw error;
    throw new Terminal(
      'CommitMissing',
      `${repository.owner}/${repository.name} has no commit ${sha}, so that it can have no status there: was it pushed over, or its branch removed?`,
      { cause: error },
    );
  }
}

/** Where the bot may not write one, it is said once, and not asked again for that run. */
const refusedFor = ({ name }: ReportedRun): string => `refused for ${name}`;

/** The run may have had no report yet when it was refused. */
async function noteRefusal(runReport: RunReport, conditions: PullReportBody['conditions']): Promise<void> {
  const said = conditions.find(({ type, status }) => type === TYPE && status === 'False');
  if (said === undefined) return;
  const { type, status, reason, message } = said;
  await runReport.note({ type, status, reason, message });
}

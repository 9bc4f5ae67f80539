/** The ReportStatus of one run: what was said of it, and whose fault it is. */
import type { ReportStatusBody } from '../../api/report-status.ts';
import { withCondition } from '../../domain/run/conditions.ts';
import type { ReportedRun } from '../../domain/report/reported-run.ts';
import type { Said } from './conditions.ts';
import type { ReportDeps } from './deps.ts';
import { type Page, pageOf } from './page.ts';

export interface RunReport {
  readonly body: ReportStatusBody;
  note(said: Said): Promise<void>;
  put(change: Partial<ReportStatusBody>): Promise<void>;
}

type Deps = Pick<ReportDeps, 'reports' | 'store' | 'clock'>;

/** Nothing is written of a run that has no uid yet, or was forgotten meanwhile: nobody would remove it. */
export async function runReportOf(deps: Deps, { name, status: { uid } }: ReportedRun): Promise<RunReport> {
  const page: Page<ReportStatusBody> = await pageOf(deps.reports, name, {
    empty: { uid, reference: null, conditions: [] },
    isOurs: (body) => body.uid === uid,
  });
  const put: RunReport['put'] = async (change) => {
    if (uid !== '' && deps.store.status(name)?.status.uid === uid) await page.put(change);
  };
  return {
    get body() {
      return page.body;
    },
    put,
    note: (said) => put({ conditions: withCondition(page.body.conditions, said, deps.clock.now()) }),
  };
}

/** What a run has to say to operators. */
import { operatorReport, type OperatorReport } from '../domain/notes/report.ts';
import type { Viewer } from './reading.ts';
import type { RunView } from './runs.ts';

/** Of the last attempt; null where its lint left nothing. */
export async function operatorReportOf(
  { reading }: Pick<Viewer, 'reading'>,
  { status: { uid, app } }: { readonly status: Pick<RunView['status'], 'uid' | 'app'> },
): Promise<OperatorReport | null> {
  const all = await reading.steps(uid);
  const last = Math.max(...all.map(({ attempt }) => attempt));
  const own = all.filter(({ attempt }) => attempt === last);
  const files = await Promise.all(own.map((step) => reading.stepFiles(uid, step)));
  return operatorReport(
    files.map(({ result }) => result),
    app?.stack ?? null,
  );
}

/** Which folder holds which kind of status document beside the runs' own. */
import { BuildStatusBody } from '../api/build-status.ts';
import { PullReportBody } from '../api/pull-report.ts';
import { PullStatusBody } from '../api/pull-status.ts';
import { ReportStatusBody } from '../api/report-status.ts';
import { RepositoryStatusBody } from '../api/repository-status.ts';
import type { Layout } from './layout.ts';
import { type StatusFolder, statusFolder } from './status-folder.ts';

/** What was said of runs elsewhere, removed with the run. */
export function reportsOf(layout: Layout): StatusFolder<ReportStatusBody> {
  return statusFolder(layout.reports, 'ReportStatus', ReportStatusBody);
}

export function repositoriesOf(layout: Layout): StatusFolder<RepositoryStatusBody> {
  return statusFolder(layout.repositories, 'RepositoryStatus', RepositoryStatusBody);
}

export function pullsOf(layout: Layout): StatusFolder<PullStatusBody> {
  return statusFolder(layout.pulls, 'PullStatus', PullStatusBody);
}

export function pullReportsOf(layout: Layout): StatusFolder<PullReportBody> {
  return statusFolder(layout.pullReports, 'PullReport', PullReportBody);
}

/** Removed with the run. */
export function buildsOf(layout: Layout): StatusFolder<BuildStatusBody> {
  return statusFolder(layout.builds, 'BuildStatus', BuildStatusBody);
}

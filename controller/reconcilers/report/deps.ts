/** What the reporter needs of the world. */
import type { PullReportBody } from '../../api/pull-report.ts';
import type { PullStatusBody } from '../../api/pull-status.ts';
import type { ReportStatusBody } from '../../api/report-status.ts';
import type { Wishes } from '../../client/wishes.ts';
import type { Forge } from '../../forge.ts';
import type { Clock } from '../../ports.ts';
import type { Key } from '../../runtime/controllers.ts';
import type { Log } from '../../runtime/log.ts';
import type { FileStore } from '../../store/file-store.ts';
import type { Layout } from '../../store/layout.ts';
import type { StatusFolder } from '../../store/status-folder.ts';
import type { Reading } from '../../views/reading.ts';

export type PullKey = Key<'pull'>;

export interface ReportDeps {
  readonly layout: Layout;
  readonly forge: Forge;
  readonly store: Pick<FileStore, 'feed' | 'seenNames' | 'status'>;
  /** Of the same store. */
  readonly reading: Reading;
  /** For reference runs. */
  readonly wishes: Pick<Wishes, 'create'>;
  readonly pulls: Pick<StatusFolder<PullStatusBody>, 'get' | 'names'>;
  readonly pullReports: StatusFolder<PullReportBody>;
  readonly reports: StatusFolder<ReportStatusBody>;
  /** Null where runs are not published: the comment then names commands instead of links. */
  readonly publicUrl: string | null;
  readonly clock: Clock;
  readonly log: Log;
}

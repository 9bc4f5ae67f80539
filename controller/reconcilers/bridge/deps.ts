/** What the bridge needs of the world. */
import type { PullStatusBody } from '../../api/pull-status.ts';
import type { RepositoryStatusBody } from '../../api/repository-status.ts';
import type { Wishes } from '../../client/wishes.ts';
import type { GiteaConfig } from '../../doors.ts';
import type { Forge, Repository } from '../../forge.ts';
import type { Clock } from '../../ports.ts';
import type { Key } from '../../runtime/controllers.ts';
import type { Log } from '../../runtime/log.ts';
import type { FileStore } from '../../store/file-store.ts';
import type { Layout } from '../../store/layout.ts';
import type { StatusFolder } from '../../store/status-folder.ts';

export type RepositoryKey = Key<'repository'>;

export interface BridgeDeps {
  readonly layout: Layout;
  readonly recipesDir: string;
  readonly forge: Forge;
  readonly config: Pick<GiteaConfig, 'url' | 'organisation' | 'allowed' | 'pollMs'>;
  readonly store: Pick<FileStore, 'specNames' | 'get' | 'status'>;
  readonly wishes: Pick<Wishes, 'create' | 'cancel'>;
  readonly repositories: StatusFolder<RepositoryStatusBody>;
  readonly pulls: StatusFolder<PullStatusBody>;
  readonly clock: Clock;
  readonly log: Log;
}

/** A recipe whose repository is on the forge. */
export interface Enrolled {
  readonly recipe: string;
  readonly repository: Repository;
}

/** The BuildStatus of a run, open to be written more than once in a reconcile. */
import type { BuildStatusBody } from '../../api/build-status.ts';
import type { FileStore } from '../../store/file-store.ts';
import type { StatusFolder } from '../../store/status-folder.ts';
import { nothingYet } from './said.ts';

interface Kept {
  readonly statuses: StatusFolder<BuildStatusBody>;
  readonly store: Pick<FileStore, 'status'>;
}

export interface OpenStatus {
  readonly body: () => BuildStatusBody;
  readonly put: (next: BuildStatusBody) => Promise<void>;
}

/** A build that an earlier run of this name had is not this one's. */
export async function openStatus({ statuses, store }: Kept, name: string, uid: string): Promise<OpenStatus> {
  const document = await statuses.get(name);
  let version = document?.metadata.resourceVersion ?? 0;
  let body = document?.status.uid === uid ? document.status : nothingYet(uid);
  return {
    body: () => body,
    put: async (next) => {
      await statuses.put(name, next, version);
      version = (await statuses.get(name))?.metadata.resourceVersion ?? 0;
      body = next;
      // The run went meanwhile, and took its documents with it.
      if (store.status(name) === null) await statuses.remove(name);
    },
  };
}

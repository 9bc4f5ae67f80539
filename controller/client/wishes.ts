/** What may be wished for, by a person, a page or a bot: a port, and its implementation on the documents that the controller reads. */
import type { Cancellation } from '../api/test-run.ts';
import { cancelledText } from './cancel-run.ts';
import { createRun, type CreateDeps, type Draft } from './create-run.ts';
import { ensureUnlinked } from '../store/atomic.ts';
import { editFile } from './edit-file.ts';

export interface Wishes {
  /** Makes a run that nobody made before, and says its name. */
  create(draft: Draft): Promise<string>;
  /** False where it was cancelled before. */
  cancel(name: string, wish: true | Cancellation): Promise<boolean>;
  /** Takes the document away; the controller then cleans up and forgets the run. Already gone is success. */
  withdraw(name: string): Promise<void>;
}

export function fileWishes(deps: CreateDeps): Wishes {
  const { layout } = deps;
  return {
    create: (draft) => createRun(deps, draft),
    cancel: (name, wish) => editFile(layout.specFile(name), (before) => cancelledText(before, wish)),
    withdraw: (name) => ensureUnlinked(layout.specFile(name)),
  };
}

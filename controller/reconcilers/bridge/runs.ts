/** The runs that comments of one pull request asked for, as they stand on the disk. */
import type { Cancellation } from '../../api/test-run.ts';
import { isRunOf, isUnder } from '../../domain/trigger/names.ts';
import type { BridgeDeps } from './deps.ts';

export interface RunOfPull {
  readonly name: string;
  readonly commentId: number;
  readonly isOpen: boolean;
  readonly cancel: boolean | Cancellation;
}

type Deps = Pick<BridgeDeps, 'store' | 'wishes'>;

/** From the files: the store may not have looked at one that was made a moment ago. */
export async function runsOf(
  { store }: Pick<Deps, 'store'>,
  of: {
    readonly recipe: string;
    readonly pull: number;
    /** Its address, where those of another forge's pull request are not meant. */
    readonly url?: string;
  },
): Promise<RunOfPull[]> {
  const names = (await store.specNames()).filter((name) => isRunOf(name, of));
  const runs: RunOfPull[] = [];
  for (const name of names) {
    const { spec, status } = await store.get(name);
    if (spec?.parsed.ok !== true) continue;
    const { recipe, trigger, cancel } = spec.parsed.value.spec;
    if (recipe !== of.recipe || trigger.commentId === undefined) continue;
    if (of.url !== undefined && !isUnder(trigger.url, of.url)) continue;
    const isOpen = status === null || status.status.finishedAt === null;
    runs.push({ name, commentId: trigger.commentId, isOpen, cancel });
  }
  return runs;
}

/** Those that are open and not cancelled yet. */
export async function cancelAll(
  { wishes }: Pick<Deps, 'wishes'>,
  runs: readonly RunOfPull[],
  wish: Cancellation,
): Promise<void> {
  for (const { name, isOpen, cancel } of runs)
    if (isOpen && cancel === false) await wishes.cancel(name, wish);
}

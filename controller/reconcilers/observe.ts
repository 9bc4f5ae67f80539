/** Reads what one run's reconcile needs of the world. No effects. */
import type { TestRunStatusBody } from '../api/test-run-status.ts';
import { isSettledOf, type RunView, type Seen, serverOf, wishOf } from '../domain/run/facts-of.ts';
import { firstStatus } from '../domain/run/first-status.ts';
import type { NamesOf } from '../domain/run/status-of.ts';
import type { Clock, Records, RunDocuments, Servers, StackSeen, Stages, Store, Swarm } from '../ports.ts';
import { messageOf, Terminal } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';

export interface RunDeps {
  readonly store: Store;
  readonly servers: Servers<Pick<Swarm, 'observe'>>;
  readonly stages: Stages;
  readonly records: Records;
  readonly clock: Clock;
  readonly log: Log;
  /** This installation's: it proves that a name is ours. */
  readonly key: string;
  readonly maxTests: number;
  readonly newUid: () => string;
  /** Why there is no room for another run, or ''; without it there always is. */
  readonly room?: (() => Promise<string>) | undefined;
  /** Another run may have its turn now. */
  readonly wake: (name: string) => void;
}

/** Of a run that is seen for the first time. */
export function firstOf(deps: RunDeps, docs: RunDocuments): TestRunStatusBody {
  const now = deps.clock.now();
  const createdAt = docs.spec?.createdAt ?? now;
  return firstStatus({ uid: deps.newUid(), createdAt, now, server: serverOf(docs, null) });
}

const NOTHING: StackSeen = { stack: '', services: [], things: [] };

export async function observe(deps: RunDeps, docs: RunDocuments): Promise<Seen> {
  const recipe = await recipeOf(deps, docs);
  const status = docs.status?.status ?? null;
  // The steps first: a process that ends between the two looks has then left its traces in the second.
  const steps = status === null ? [] : await deps.stages.inspect(status.uid);
  if (status === null || status.app === null || isResting({ docs, status }))
    return { steps, stack: NOTHING, local: [], blindness: '', recipe, room: await roomOf(deps, status) };
  const { swarm } = deps.servers.of(status.server);
  const local = await deps.stages.leftovers(status.uid);
  try {
    return { steps, stack: await swarm.observe(status.app.stack), local, blindness: '', recipe };
  } catch (error) {
    deps.log.warn({ run: docs.name, error: messageOf(error) }, 'swarm not seen');
    return { steps, stack: null, local, blindness: messageOf(error), recipe };
  }
}

/** Asked only for a run that may begin. */
async function roomOf({ room }: RunDeps, status: TestRunStatusBody | null): Promise<string> {
  return room === undefined || status === null || isSettledOf(status) ? '' : room();
}

/** Of a run that has begun nothing else counts than what was accepted: its recipe's file may do what it likes. */
async function recipeOf(deps: RunDeps, { spec, status }: RunDocuments): Promise<Seen['recipe']> {
  if (spec?.parsed.ok !== true || (status !== null && isSettledOf(status.status))) return null;
  const name = spec.parsed.value.spec.recipe;
  try {
    return await deps.store.recipe(name);
  } catch (error) {
    const message = `The RecipeSpec "${name}" cannot be read: ${messageOf(error)}. Mend the file; the run is looked at again then.`;
    throw new Terminal('RecipeUnreadable', message, { cause: error });
  }
}

/** What the names of a run's app are made with. A run whose server is not known never gets that far. */
export function namesOn({ servers, key }: RunDeps, view: RunView): NamesOf {
  return { key, zone: view.isServerKnown ? servers.of(view.server).zone : '' };
}

/** Closed and still wanted: nothing about it can change. */
function isResting(run: { docs: RunDocuments; status: TestRunStatusBody }): boolean {
  return run.status.finishedAt !== null && wishOf(run) !== 'delete';
}

/** Lists every kind; what needs Docker asks the cluster. */
import { API_VERSION } from '../api/primitives.ts';
import type { Cluster, Ctl } from './terminal/world.ts';
import { eventsOf } from './events.ts';
import type { KindName } from './kinds.ts';
import { listRecipeNames, listRecipes } from './recipes.ts';
import { listRunNames, listRuns, type RunView } from './runs.ts';
import type { Item } from './select.ts';

const LISTERS: Readonly<Record<KindName, (ctl: Ctl) => Promise<readonly Item[]>>> = {
  runs: listRuns,
  recipes: async (ctl) => listRecipes(ctl, await listRuns(ctl)),
  queue: async (ctl) => queueOf(await listRuns(ctl)),
  events: allEvents,
  apps: async (ctl) => apps(await ctl.cluster(ctl.config)),
  orphans: async (ctl) => orphans(await ctl.cluster(ctl.config)),
};

export function listKind(ctl: Ctl, kind: KindName): Promise<readonly Item[]> {
  return LISTERS[kind](ctl);
}

/** Queued by position, then what no controller has seen yet, oldest first. */
export function queueOf(runs: readonly RunView[]): RunView[] {
  const place = (run: RunView): number => run.status.queue?.position ?? Number.MAX_SAFE_INTEGER;
  return runs
    .filter((run) => ['Queued', 'Pending'].includes(run.status.phase))
    .sort((a, b) => place(a) - place(b) || a.metadata.createdAt.localeCompare(b.metadata.createdAt));
}

async function allEvents(ctl: Ctl): Promise<Item[]> {
  const lists = await Promise.all((await listRuns(ctl)).map((run) => eventsOf(ctl, run)));
  return lists.flat().sort((a, b) => a.time.localeCompare(b.time));
}

async function apps(cluster: Cluster): Promise<Item[]> {
  return (await cluster.apps()).map(({ stack, createdAt, ...rest }) => ({
    apiVersion: API_VERSION,
    kind: 'App',
    metadata: { name: stack, createdAt: createdAt.toISOString() },
    ...rest,
  }));
}

async function orphans(cluster: Cluster): Promise<Item[]> {
  return (await cluster.orphans()).map(({ name, createdAt, ...rest }) => ({
    apiVersion: API_VERSION,
    kind: 'Orphan',
    metadata: { name, createdAt: createdAt.toISOString() },
    ...rest,
  }));
}

/** The word that a person would name the item by: events go by their run. */
export function addressOf(item: Item): string {
  return 'run' in item && item.kind === 'Event' ? String(item.run) : item.metadata.name;
}

/** The names that may be asked for: events and places in the queue are a run's, also where it has none. */
export async function knownNames(ctl: Ctl, kind: KindName): Promise<string[]> {
  if (kind === 'runs' || kind === 'events' || kind === 'queue') return listRunNames(ctl);
  return kind === 'recipes' ? listRecipeNames(ctl) : (await listKind(ctl, kind)).map(addressOf);
}

/** Lists every kind; what needs Docker asks the cluster. */
import { API_VERSION } from '../api/primitives.ts';
import type { Cluster } from './cluster.ts';
import { eventsOf } from './events.ts';
import type { KindName } from './kinds.ts';
import type { Viewer } from './reading.ts';
import { listRecipes } from './recipes.ts';
import { listRuns, type RunView } from './runs.ts';
import type { Item } from './select.ts';

export interface Lists extends Viewer {
  readonly cluster: () => Promise<Cluster>;
}

const LISTERS: Readonly<Record<KindName, (viewer: Lists) => Promise<readonly Item[]>>> = {
  runs: listRuns,
  recipes: async (viewer) => listRecipes(viewer, await listRuns(viewer)),
  queue: async (viewer) => queueOf(await listRuns(viewer)),
  events: allEvents,
  apps: async (viewer) => apps(await viewer.cluster()),
  orphans: async (viewer) => orphans(await viewer.cluster()),
};

export function listKind(viewer: Lists, kind: KindName): Promise<readonly Item[]> {
  return LISTERS[kind](viewer);
}

/** Queued by position, then what no controller has seen yet, oldest first. */
export function queueOf(runs: readonly RunView[]): RunView[] {
  const place = (run: RunView): number => run.status.queue?.position ?? Number.MAX_SAFE_INTEGER;
  return runs
    .filter((run) => ['Queued', 'Pending'].includes(run.status.phase))
    .sort((a, b) => place(a) - place(b) || a.metadata.createdAt.localeCompare(b.metadata.createdAt));
}

async function allEvents(viewer: Lists): Promise<Item[]> {
  const lists = await Promise.all((await listRuns(viewer)).map((run) => eventsOf(viewer, run)));
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
export async function knownNames(viewer: Lists, kind: KindName): Promise<string[]> {
  if (kind === 'runs' || kind === 'events' || kind === 'queue') return [...(await viewer.reading.runNames())];
  return kind === 'recipes'
    ? [...(await viewer.reading.recipeNames())]
    : (await listKind(viewer, kind)).map(addressOf);
}

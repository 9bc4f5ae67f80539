/** Lists that pages ask for again and again, read anew only when something changed. */
import { type Feed, follow } from '../store/feed.ts';
import type { RecipeSpec } from '../api/recipe-spec.ts';
import type { Viewer } from './reading.ts';
import { listRuns, type RunView } from './runs.ts';

export interface Kept {
  /** All runs, newest first, as they were at some moment after the call. */
  runs(): Promise<readonly RunView[]>;
  /** Enrolled ones by name; null where the document cannot be read. May be a few seconds old. */
  recipes(): Promise<ReadonlyMap<string, RecipeSpec['spec'] | null>>;
}

/** A recipe that is enrolled is looked for no more often than that. */
const FRESH_MS = 5_000;
/** What is older than that is waited for. */
const OLD_MS = 60_000;

export function keepLists(viewer: Viewer, feed: Pick<Feed, 'subscribe'>, signal: AbortSignal): Kept {
  let isStale = true;
  void follow(feed, signal, () => void (isStale = true));
  const readRuns = sharing(async () => {
    isStale = false;
    try {
      return await listRuns(viewer);
    } catch (error) {
      isStale = true;
      throw error;
    }
  });
  let runs: readonly RunView[] = [];
  let recipes: { readonly at: number; readonly all: Awaited<ReturnType<Kept['recipes']>> } | null = null;
  const readRecipes = sharing(async () => {
    const all = await recipesOf(viewer);
    recipes = { at: viewer.now().getTime(), all };
    return all;
  });
  return {
    runs: async () => {
      // One that is under way began before the call, and may have passed over what has changed since.
      await readRuns.underWay();
      if (isStale) runs = await readRuns.read();
      return runs;
    },
    recipes: async () => {
      const age = recipes === null ? Infinity : Math.abs(viewer.now().getTime() - recipes.at);
      if (recipes === null || age > OLD_MS) return readRecipes.read();
      if (age > FRESH_MS) void readRecipes.read().catch(() => undefined);
      return recipes.all;
    },
  };
}

interface Sharing<T> {
  /** Whoever asks while it is under way gets the same. */
  read(): Promise<T>;
  /** Resolves when nothing is under way that began before the call, however it ended. */
  underWay(): Promise<void>;
}

function sharing<T>(read: () => Promise<T>): Sharing<T> {
  let current: Promise<T> | null = null;
  return {
    read: () => {
      current ??= read().finally(() => (current = null));
      return current;
    },
    underWay: async () => void (await current?.catch(() => undefined)),
  };
}

async function recipesOf({ reading, warn }: Viewer): Promise<Map<string, RecipeSpec['spec'] | null>> {
  const all = new Map<string, RecipeSpec['spec'] | null>();
  for (const name of await reading.recipeNames()) {
    const seen = await reading.recipe(name).catch(() => null);
    if (seen === null) warn(`recipe/${name} cannot be read`);
    all.set(name, seen?.parsed.ok === true ? seen.parsed.value.spec : null);
  }
  return all;
}

/** Which recipes are enrolled from a repository of the forge. */
import { repositoryOf } from '../domain/trigger/names.ts';
import type { Clock } from '../ports.ts';
import type { Reading } from '../views/reading.ts';

export interface EnrolledDeps {
  readonly reading: Pick<Reading, 'recipeNames' | 'recipe'>;
  readonly clock: Clock;
  /** Its address: repositories elsewhere are nobody's. */
  readonly forge: string;
}

/** A burst of deliveries reads the files once. What is enrolled meanwhile is polled without a webhook. */
const KEPT_MS = 5_000;

/** Names are told apart as the forge does it, whatever their case. */
export function enrolledRecipes({
  reading,
  clock,
  forge,
}: EnrolledDeps): (repository: string) => Promise<readonly string[]> {
  let kept: { readonly at: number; readonly recipes: ReadonlyMap<string, readonly string[]> } | null = null;
  return async (repository) => {
    const now = clock.now().getTime();
    if (kept === null || now - kept.at > KEPT_MS || now < kept.at)
      kept = { at: now, recipes: await read(reading, forge) };
    return kept.recipes.get(repository.toLowerCase()) ?? [];
  };
}

async function read(
  reading: EnrolledDeps['reading'],
  forge: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const recipes = new Map<string, string[]>();
  for (const name of await reading.recipeNames()) {
    const seen = await reading.recipe(name);
    // A file that cannot be used is a condition elsewhere; here it is not enrolled.
    if (seen?.parsed.ok !== true) continue;
    const found = repositoryOf(seen.parsed.value.spec.source.repo, forge);
    if (found === null) continue;
    const repository = `${found.owner}/${found.name}`.toLowerCase();
    recipes.set(repository, [...(recipes.get(repository) ?? []), name]);
  }
  return recipes;
}

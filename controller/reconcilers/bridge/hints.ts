/** What is known of a repository besides its key: pull requests that something was told of, and when all of them were looked at. In memory only. */
import type { Clock } from '../../ports.ts';

export interface Hint {
  readonly hinted: ReadonlySet<number>;
  /** Nobody knows what was missed. */
  readonly all: boolean;
}

export interface Hints {
  add(recipe: string, pull: number): void;
  take(recipe: string): Hint;
  /** Where what was taken could not be looked at. */
  giveBack(recipe: string, hint: Hint): void;
}

/** More often than a repository is looked at without a reason. */
const ALL_MS = 40 * 60_000;

export function makeHints(clock: Clock): Hints {
  const hinted = new Map<string, Set<number>>();
  const allAt = new Map<string, number>();
  const of = (recipe: string): Set<number> => {
    const set = hinted.get(recipe) ?? new Set();
    hinted.set(recipe, set);
    return set;
  };
  return {
    add: (recipe, pull) => void of(recipe).add(pull),
    take: (recipe) => {
      const [numbers, now] = [of(recipe), clock.now().getTime()];
      hinted.delete(recipe);
      const all = now - (allAt.get(recipe) ?? -Infinity) >= ALL_MS;
      if (all) allAt.set(recipe, now);
      return { hinted: numbers, all };
    },
    giveBack: (recipe, hint) => {
      for (const number of hint.hinted) of(recipe).add(number);
      if (hint.all) allAt.delete(recipe);
    },
  };
}

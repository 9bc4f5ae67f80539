/** The last so many names that were added. Pure but for what it remembers. */

export interface Ring {
  has(name: string): boolean;
  /** Forgets the oldest where there are too many. */
  add(name: string): void;
}

export function makeRing(most: number): Ring {
  const names = new Set<string>();
  return {
    has: (name) => names.has(name),
    add: (name) => {
      names.add(name);
      const [oldest] = names;
      if (names.size > most && oldest !== undefined) names.delete(oldest);
    },
  };
}

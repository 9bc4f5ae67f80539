/** What exists of one app on the swarm, by name. Pure. */
import type { Inventory } from '../../api/stage-data.ts';
import type { StackSeen, ThingKind } from '../../ports.ts';

const LISTS = {
  service: 'services',
  container: 'containers',
  network: 'networks',
  volume: 'volumes',
  secret: 'secrets',
  config: 'configs',
} as const satisfies Record<ThingKind, keyof Inventory>;

/** In the order in which people think of them, each with its word for one. */
const WORDS: readonly (readonly [keyof Inventory, string])[] = [
  ['services', 'service'],
  ['containers', 'container'],
  ['networks', 'network'],
  ['volumes', 'volume'],
  ['secrets', 'secret'],
  ['configs', 'config'],
  ['local', 'local'],
];

export const EMPTY_INVENTORY: Inventory = {
  services: [],
  containers: [],
  networks: [],
  volumes: [],
  secrets: [],
  configs: [],
  local: [],
};

/** `local` is what the swarm cannot show: `.env`, ABRA_DIR, sidecar, processes. */
export function inventoryOf(seen: StackSeen, local: readonly string[] = []): Inventory {
  const inventory = structuredClone({ ...EMPTY_INVENTORY, local: [...local] });
  for (const { kind, name } of seen.things) inventory[LISTS[kind]].push(name);
  for (const [list] of WORDS) inventory[list].sort();
  return inventory;
}

export function isEmptyInventory(inventory: Inventory): boolean {
  return WORDS.every(([list]) => inventory[list].length === 0);
}

/** One line a thing, for people: `volume shop_data`. */
export function inventoryLines(inventory: Inventory): readonly string[] {
  return WORDS.flatMap(([list, word]) => inventory[list].map((name) => `${word} ${name}`));
}

/** What is in `before` and no longer in `after`: what was removed. Names may repeat (networks), so that each counts once. */
export function inventoryDifference(before: Inventory, after: Inventory): Inventory {
  const rest = structuredClone(EMPTY_INVENTORY);
  for (const [list] of WORDS) {
    const gone = [...after[list]];
    rest[list] = before[list].filter((name) => {
      const at = gone.indexOf(name);
      if (at >= 0) gone.splice(at, 1);
      return at < 0;
    });
  }
  return rest;
}

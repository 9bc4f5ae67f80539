/** Several compose files in their long form merged into one, as docker's own loader does (docker/cli 28.5, loader/merge.go). Pure. */
import { isTree, type Tree } from './compose-parse.ts';

/** Lists whose items replace one another, and by which field. */
const BY_FIELD: Readonly<Record<string, string>> = {
  ports: 'published',
  volumes: 'target',
  secrets: 'source',
  configs: 'source',
};
/** Lists that a later file replaces as a whole; it adds to all others. */
const REPLACED = new Set(['command', 'entrypoint']);
/** Where a later file's zero counts; elsewhere docker takes it for "not said". */
const ZERO_COUNTS = new Set(['replicas', 'parallelism', 'max_attempts', 'retries', 'mode', 'pids']);

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || value === false || value === 0;
}

const entriesOf = (tree: Tree): [string, unknown][] => Object.entries(tree);

/** Entries of both; of those that both have, `both` says what becomes of them. */
function joined(
  base: Tree,
  over: Tree,
  both: (key: string, pair: readonly [unknown, unknown]) => unknown,
): Tree {
  const merged = new Map(entriesOf(base));
  for (const [key, value] of entriesOf(over))
    merged.set(key, merged.has(key) ? both(key, [merged.get(key), value]) : value);
  return Object.fromEntries(merged);
}

function byField(field: string, items: readonly unknown[]): unknown[] {
  const keyOf = (item: unknown): string => JSON.stringify(isTree(item) ? (item[field] ?? null) : item);
  const sorted = [...new Map(items.map((item) => [keyOf(item), item])).entries()].sort(([a], [b]) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  return sorted.map(([, item]) => item);
}

function mergedLists(key: string, base: readonly unknown[], over: readonly unknown[]): unknown[] {
  if (REPLACED.has(key)) return over.length > 0 ? [...over] : [...base];
  return [...base, ...over];
}

/** Options of one driver are joined; another driver brings its own. */
function mergedLogging(base: Tree, over: Tree): Tree {
  const [was, is] = [base['driver'], over['driver']];
  if (was !== undefined && is !== undefined && was !== is) return over;
  return joined(base, over, mergedValues);
}

function mergedValues(key: string, [base, over]: readonly [unknown, unknown]): unknown {
  if (Array.isArray(base) && Array.isArray(over)) return mergedLists(key, base, over);
  if (isTree(base) && isTree(over))
    return key === 'logging' ? mergedLogging(base, over) : joined(base, over, mergedValues);
  return isEmpty(over) && !ZERO_COUNTS.has(key) ? base : over;
}

/** A network of a service: its aliases are those of the later file. */
function mergedNetwork(_name: string, [base, over]: readonly [unknown, unknown]): unknown {
  if (!isTree(base) || !isTree(over)) return over ?? base;
  const { aliases: _dropped, ...rest } = base;
  return { ...rest, ...over };
}

/** In these the keys are names of somebody's choice, and the empty text is a value. */
const MAPPINGS = new Set(['environment', 'labels', 'sysctls', 'extra_hosts']);

function mergedService(key: string, [base, over]: readonly [unknown, unknown]): unknown {
  if (isTree(base) && isTree(over)) {
    if (MAPPINGS.has(key)) return { ...base, ...over };
    if (key === 'networks') return joined(base, over, mergedNetwork);
    if (key === 'deploy')
      return joined(base, over, (inner, pair) =>
        inner === 'labels' && isTree(pair[0]) && isTree(pair[1])
          ? { ...pair[0], ...pair[1] }
          : mergedValues(inner, pair),
      );
  }
  return mergedValues(key, [base, over]);
}

function mergedServices(_name: string, [base, over]: readonly [unknown, unknown]): unknown {
  if (!isTree(base) || !isTree(over)) return over;
  const entries = entriesOf(joined(base, over, mergedService)).map(([key, value]) => {
    const field = Object.hasOwn(BY_FIELD, key) ? BY_FIELD[key] : undefined;
    return [key, field !== undefined && Array.isArray(value) ? byField(field, value) : value] as const;
  });
  return Object.fromEntries(entries);
}

/** A later file's volume, network, secret or config adds to the earlier one's. */
function mergedThing(_name: string, [base, over]: readonly [unknown, unknown]): unknown {
  return isTree(base) && isTree(over) ? joined(base, over, mergedValues) : over;
}

export function mergedCompose(files: readonly Tree[]): Tree {
  const [first = {}, ...others] = files;
  return others.reduce<Tree>(
    (base, over) =>
      joined(base, over, (section, [was, is]) => {
        if (!isTree(was) || !isTree(is)) return is;
        return joined(was, is, section === 'services' ? mergedServices : mergedThing);
      }),
    first,
  );
}

/** Several compose files in their long form merged into one, as docker's own loader does (docker/cli 28.5, loader/merge.go). Pure. */
import { isTree, textOf, treeAt, type Tree } from './compose-parse.ts';

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

/** Docker counts nanoseconds, and none of them are nothing. */
const DURATIONS = new Set([
  'stop_grace_period',
  'interval',
  'timeout',
  'start_period',
  'start_interval',
  'delay',
  'monitor',
  'window',
]);

function isEmpty(key: string, value: unknown): boolean {
  if (DURATIONS.has(key) && typeof value === 'string' && !/[1-9]/.test(value)) return true;
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

/** As Go compares texts. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A field that is not there is the empty text, or port 0. */
function byField(field: string, items: readonly unknown[]): unknown[] {
  const keyOf = (item: unknown): unknown => (isTree(item) ? item[field] : undefined);
  if (field === 'published') {
    const ports = new Map(items.map((item) => [Number(keyOf(item) ?? 0), item]));
    return [...ports].sort(([a], [b]) => a - b).map(([, item]) => item);
  }
  const named = new Map(items.map((item) => [textOf(keyOf(item) ?? ''), item]));
  return [...named].sort(([a], [b]) => compareBytes(a, b)).map(([, item]) => item);
}

/** Of these docker's schema takes nothing twice, although its loader joins what two files say: said once, it is the same. */
const ONCE = new Set([
  'cap_add',
  'cap_drop',
  'depends_on',
  'devices',
  'dns',
  'dns_search',
  'env_file',
  'expose',
  'external_links',
  'links',
  'security_opt',
  'tmpfs',
  'cache_from',
  'extra_hosts',
]);

function mergedLists(key: string, base: readonly unknown[], over: readonly unknown[]): unknown[] {
  if (REPLACED.has(key)) return over.length > 0 ? [...over] : [...base];
  return ONCE.has(key) ? [...new Set([...base, ...over])] : [...base, ...over];
}

/** Options of one driver are joined, and an empty one counts; another driver brings its own. */
function mergedLogging(base: Tree, over: Tree): Tree {
  const [was, is] = [base['driver'] ?? '', over['driver'] ?? ''];
  if (was !== '' && is !== '' && was !== is) return over;
  const { options: own } = base;
  // Where the earlier file has no options, docker loses those of the later one.
  const options = isTree(own) ? { options: { ...own, ...treeAt(over, 'options') } } : {};
  return { driver: was === '' ? is : was, ...options };
}

function mergedValues(key: string, [base, over]: readonly [unknown, unknown]): unknown {
  if (Array.isArray(base) && Array.isArray(over)) return mergedLists(key, base, over);
  if (isTree(base) && isTree(over))
    return key === 'logging' ? mergedLogging(base, over) : joined(base, over, mergedValues);
  return isEmpty(key, over) && !ZERO_COUNTS.has(key) ? base : over;
}

/** A network of a service: its aliases are those of the later file. */
function mergedNetwork(_name: string, [base, over]: readonly [unknown, unknown]): unknown {
  if (!isTree(base) || !isTree(over)) return over ?? base;
  const { aliases: _dropped, ...rest } = base;
  return { ...rest, ...over };
}

/** An empty variable does not replace one that has a value. */
function mergedVariable(_name: string, [base, over]: readonly [unknown, unknown]): unknown {
  return over === '' ? base : over;
}

/** In these the keys are names of somebody's choice, and the empty text is a value. */
const MAPPINGS = new Set(['labels', 'sysctls', 'ulimits']);

function mergedService(key: string, [base, over]: readonly [unknown, unknown]): unknown {
  if (isTree(base) && isTree(over)) {
    if (MAPPINGS.has(key)) return { ...base, ...over };
    if (key === 'networks') return joined(base, over, mergedNetwork);
    if (key === 'environment') return joined(base, over, mergedVariable);
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

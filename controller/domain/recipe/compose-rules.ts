/** What docker's loader refuses although its schema takes it (docker/cli, cli/compose/loader/loader.go). Pure. */
import { isTree, type Tree } from './compose-parse.ts';

type Path = readonly (string | number)[];

export interface RuleFault {
  readonly path: Path;
  /** Ends the sentence "volumes.data.external …". */
  readonly words: string;
}

/** Of a file that the schema takes. */
export function ruleFaults(tree: Tree): RuleFault[] {
  return [
    ...entriesAt(tree, 'services').flatMap(([name, service]) => serviceFaults(['services', name], service)),
    ...['networks', 'volumes', 'secrets', 'configs'].flatMap((section) =>
      entriesAt(tree, section).flatMap(([name, thing]) => thingFaults([section, name], thing)),
    ),
    ...entriesAt(tree, 'volumes').flatMap(([name, volume]) => volumeFaults(['volumes', name], volume)),
    ...['secrets', 'configs'].flatMap((section) =>
      entriesAt(tree, section).flatMap(([name, thing]) => fileFaults([section, name], thing)),
    ),
  ];
}

function entriesAt(tree: Tree, key: string): [string, Tree][] {
  const section = tree[key];
  if (!isTree(section)) return [];
  return Object.entries(section).filter((entry): entry is [string, Tree] => isTree(entry[1]));
}

function serviceFaults(path: Path, service: Tree): RuleFault[] {
  return [
    ...limitFaults([...path, 'ulimits'], service['ulimits']),
    ...bindFaults([...path, 'volumes'], service['volumes']),
    ...memoryFaults([...path, 'deploy', 'resources'], service['deploy']),
    ...countFaults(path, [], service),
  ];
}

/** What is counted cannot be less than nothing. */
const COUNTS =
  /^(?:healthcheck\.retries|(?:ports|configs|secrets)\.\d+\.(?:target|published|mode)|deploy\.(?:replicas|(?:update_config|rollback_config)\.parallelism|restart_policy\.max_attempts|placement\.max_replicas_per_node))$/;

function countFaults(path: Path, inner: Path, value: unknown): RuleFault[] {
  if (typeof value === 'number' && value < 0 && COUNTS.test(inner.join('.')))
    return [{ path: [...path, ...inner], words: 'must not be less than 0' }];
  const entries = Array.isArray(value) ? [...value.entries()] : isTree(value) ? Object.entries(value) : [];
  return entries.flatMap(([key, item]) => countFaults(path, [...inner, key], item));
}

/** Names that are not in small letters escape the schema. */
function limitFaults(path: Path, limits: unknown): RuleFault[] {
  if (!isTree(limits)) return [];
  return Object.entries(limits)
    .filter(([, limit]) => !isLimit(limit))
    .map(([name]) => ({ path: [...path, name], words: 'must be a whole number, or a soft and a hard one' }));
}

function isLimit(limit: unknown): boolean {
  if (isTree(limit)) return Number.isInteger(limit['soft']) && Number.isInteger(limit['hard']);
  return Number.isInteger(limit);
}

function bindFaults(path: Path, volumes: unknown): RuleFault[] {
  if (!Array.isArray(volumes)) return [];
  return volumes.flatMap((volume: unknown, step) =>
    isTree(volume) && volume['type'] === 'bind' && (volume['source'] ?? '') === ''
      ? [{ path: [...path, step], words: 'is a bind without a source' }]
      : [],
  );
}

function memoryFaults(path: Path, deploy: unknown): RuleFault[] {
  const resources = isTree(deploy) ? deploy['resources'] : undefined;
  if (!isTree(resources)) return [];
  return Object.entries(resources).flatMap(([kind, amounts]) => {
    const memory = isTree(amounts) ? amounts['memory'] : undefined;
    if (memory === undefined || (typeof memory === 'string' && isBytes(memory))) return [];
    return [{ path: [...path, kind, 'memory'], words: 'must be a size such as 64M' }];
  });
}

/** As docker/go-units reads a size: a number, perhaps a space, and a unit. */
function isBytes(text: string): boolean {
  const { number = '', unit = '' } = /^(?<number>.*[\d.])? ?(?<unit>[^\d. ]*)$/s.exec(text)?.groups ?? {};
  const isNumber = /^\+?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(number);
  return isNumber && /^(?:b|[kmgtp](?:b|ib)?)?$/i.test(unit);
}

const isExternal = (thing: Tree): boolean => thing['external'] === true || isTree(thing['external']);

const textAt = (thing: Tree, key: string): string => (typeof thing[key] === 'string' ? thing[key] : '');

function thingFaults(path: Path, thing: Tree): RuleFault[] {
  const { external } = thing;
  if (!isTree(external) || textAt(external, 'name') === '' || textAt(thing, 'name') === '') return [];
  return [
    { path: [...path, 'external'], words: 'and the thing itself have a name: leave out that of "external"' },
  ];
}

/** What exists already has its own. */
function volumeFaults(path: Path, volume: Tree): RuleFault[] {
  if (!isExternal(volume)) return [];
  return ['driver', 'driver_opts', 'labels']
    .filter((key) => !isNothing(volume[key]))
    .map((key) => ({ path: [...path, key], words: 'cannot be given to an external volume' }));
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === '' || value === null || Object.keys(Object(value)).length === 0;
}

function fileFaults(path: Path, thing: Tree): RuleFault[] {
  if (isExternal(thing) || textAt(thing, 'driver') === '' || textAt(thing, 'file') === '') return [];
  return [{ path: [...path, 'driver'], words: 'and "file" exclude each other' }];
}

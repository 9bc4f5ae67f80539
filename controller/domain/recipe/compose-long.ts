/** Short forms of a compose file turned into the long ones, as docker's own loader (docker/cli 28.5, cli/compose/loader) does. Pure. */
import { isTree, pairsOf, textOf, type Tree } from './compose-parse.ts';
import { compareBytes } from './compose-merge.ts';
import { MalformedCompose, portsOf, volumeOf, wordsOf } from './compose-short.ts';
import type { Env } from './interpolate.ts';

type Entry = readonly [string, unknown];

const plainKeys = (tree: Tree): Entry[] =>
  Object.entries(tree).filter(([key, value]) => !key.startsWith('x-') && value !== null);

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [value]);

/** Labels and options: a name without a value has the empty one, and what has no name is left out. */
function mappingOf(value: unknown): Tree {
  const named = pairsOf(value).filter(({ key }) => key !== '');
  return Object.fromEntries(named.map((pair) => [pair.key, pair.value ?? '']));
}

/** A name without a value, or with the empty one, takes the app's; where the app has none, a bare name is left out. */
function environmentOf(value: unknown, env: Env): Tree {
  const entries = pairsOf(value).map(({ key, value: own }): Entry => {
    const passed = own === null || own === '' ? Object.hasOwn(env, key) : false;
    return [key, passed ? env[key] : own];
  });
  return Object.fromEntries([...new Map(entries)].filter(([, own]) => own !== null));
}

function networksOf(value: unknown): Tree {
  const entries: Entry[] = Array.isArray(value)
    ? value.map((name): Entry => [textOf(name), null])
    : Object.entries(isTree(value) ? value : {});
  return Object.fromEntries(entries);
}

const referenceOf = (value: unknown): unknown => (isTree(value) ? value : { source: textOf(value) });

/** `host:address`, in the form of a list; what names no address is left out. */
function hostsOf(value: unknown): string[] {
  const lines = isTree(value)
    ? Object.entries(value)
        .filter(([, address]) => address !== null)
        .map(([host, address]) => `${host}:${textOf(address)}`)
        .sort(compareBytes)
    : listOf(value).map((item) => textOf(item).replace('=', ':'));
  return lines.filter((line) => line.includes(':')).map(withoutBrackets);
}

function withoutBrackets(line: string): string {
  const [, host, address] = /^([^:]*):\[(.+)\]$/s.exec(line) ?? [];
  return address === undefined ? line : `${host}:${address}`;
}

/** Swarm builds nothing; of several files the parts are joined all the same. */
function buildOf(value: unknown): unknown {
  if (!isTree(value)) return { context: value };
  const entries = plainKeys(value).map(([key, item]): Entry => {
    if (key === 'args') return [key, Object.fromEntries(pairsOf(item).map((pair) => [pair.key, pair.value]))];
    if (key === 'labels') return [key, mappingOf(item)];
    if (key === 'extra_hosts') return [key, hostsOf(item)];
    return [key, item];
  });
  return Object.fromEntries(entries);
}

function healthcheckOf(value: unknown): unknown {
  if (!isTree(value) || typeof value['test'] !== 'string') return value;
  return { ...value, test: ['CMD-SHELL', value['test']] };
}

function deployOf(value: unknown): unknown {
  if (!isTree(value)) return value;
  return Object.fromEntries(
    plainKeys(value).map(([key, item]) => [key, key === 'labels' ? mappingOf(item) : item]),
  );
}

function loggingOf(value: unknown): unknown {
  if (!isTree(value) || !isTree(value['options'])) return value;
  return { ...value, options: mappingOf(value['options']) };
}

const TEXTS = (value: unknown): unknown[] => listOf(value);

/** One long form a key; every other key has only one form. */
const LONG: Readonly<Record<string, (value: unknown, env: Env) => unknown>> = {
  build: buildOf,
  environment: environmentOf,
  labels: mappingOf,
  sysctls: mappingOf,
  networks: networksOf,
  volumes: (value) => listOf(value).map(volumeOf),
  ports: (value) => listOf(value).flatMap(portsOf),
  secrets: (value) => listOf(value).map(referenceOf),
  configs: (value) => listOf(value).map(referenceOf),
  extra_hosts: hostsOf,
  command: wordsOf,
  entrypoint: wordsOf,
  healthcheck: healthcheckOf,
  deploy: deployOf,
  logging: loggingOf,
  dns: TEXTS,
  dns_search: TEXTS,
  tmpfs: TEXTS,
  env_file: TEXTS,
};

function longService(name: string, service: Tree, env: Env): Tree {
  return Object.fromEntries(
    plainKeys(service).map(([key, value]) => [
      key,
      Object.hasOwn(LONG, key) ? longValue(['services', name, key], value, env) : value,
    ]),
  );
}

function longValue(path: readonly string[], value: unknown, env: Env): unknown {
  try {
    return LONG[path.at(-1) ?? '']?.(value, env);
  } catch (error) {
    if (!(error instanceof MalformedCompose)) throw error;
    throw new MalformedCompose(error.message, path);
  }
}

/** `external: {name: x}` is the early way to write `external: true, name: x`. */
function longThing(thing: unknown): unknown {
  if (!isTree(thing)) return thing ?? {};
  const entries = plainKeys(thing).map(([key, value]): Entry => {
    if (key === 'labels' || key === 'driver_opts') return [key, mappingOf(value)];
    return [key, key === 'external' && isTree(value) ? true : value];
  });
  const { external } = thing;
  const name = isTree(external) && (external['name'] ?? '') !== '' ? { name: external['name'] } : {};
  return { ...Object.fromEntries(entries), ...name };
}

/** The sections of one filled-in file; `version` and extension fields say nothing about what is deployed. */
export function longForm(tree: Tree, env: Env): Tree {
  const sections = plainKeys(tree).filter(([key]) => key !== 'version');
  return Object.fromEntries(
    sections.map(([section, parts]): Entry => {
      if (!isTree(parts)) return [section, parts];
      const entries = Object.entries(parts).filter(([key]) => !key.startsWith('x-'));
      const long = (name: string, part: unknown): unknown =>
        section === 'services' ? (isTree(part) ? longService(name, part, env) : part) : longThing(part);
      return [section, Object.fromEntries(entries.map(([name, part]) => [name, long(name, part)]))];
    }),
  );
}

/** Short forms of a compose file turned into the long ones, as docker's own loader (docker/cli 28.5, cli/compose/loader) does. Pure. */
import { isTree, pairsOf, textOf, type Tree } from './compose-parse.ts';
import { portsOf, volumeOf, wordsOf } from './compose-short.ts';
import type { Env } from './interpolate.ts';

type Entry = readonly [string, unknown];

const plainKeys = (tree: Tree): Entry[] =>
  Object.entries(tree).filter(([key, value]) => !key.startsWith('x-') && value !== null);

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [value]);

/** Labels and options: a name without a value has the empty one. */
function mappingOf(value: unknown): Tree {
  return Object.fromEntries(pairsOf(value).map((pair) => [pair.key, pair.value ?? '']));
}

/** A name without a value, or with the empty one, takes the app's; where the app has none, a bare name is left out. */
function environmentOf(value: unknown, env: Env): Tree {
  const entries = pairsOf(value).map(({ key, value: own }): Entry => {
    const passed = own === null || own === '' ? Object.hasOwn(env, key) : false;
    return [key, passed ? env[key] : own];
  });
  return Object.fromEntries(entries.filter(([, own]) => own !== null));
}

function networksOf(value: unknown): Tree {
  const entries: Entry[] = Array.isArray(value)
    ? value.map((name): Entry => [textOf(name), null])
    : Object.entries(isTree(value) ? value : {});
  return Object.fromEntries(entries);
}

const referenceOf = (value: unknown): unknown => (isTree(value) ? value : { source: textOf(value) });

/** `host:address`, in the form of a list. */
function hostsOf(value: unknown): string[] {
  if (isTree(value)) return Object.entries(value).map(([host, address]) => `${host}:${textOf(address)}`);
  return listOf(value).map((item) => textOf(item).replace('=', ':'));
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

function longService(service: Tree, env: Env): Tree {
  return Object.fromEntries(
    plainKeys(service).map(([key, value]) => [
      key,
      Object.hasOwn(LONG, key) ? LONG[key]?.(value, env) : value,
    ]),
  );
}

/** `external: {name: x}` is the early way to write `external: true, name: x`. */
function longThing(thing: unknown): unknown {
  if (!isTree(thing)) return thing ?? {};
  const entries = plainKeys(thing).map(([key, value]): Entry => {
    if (key === 'labels' || key === 'driver_opts') return [key, mappingOf(value)];
    return [key, key === 'external' && isTree(value) ? true : value];
  });
  const { external } = thing;
  const name = isTree(external) && external['name'] !== undefined ? { name: external['name'] } : {};
  return { ...Object.fromEntries(entries), ...name };
}

/** The sections of one filled-in file; `version` and extension fields say nothing about what is deployed. */
export function longForm(tree: Tree, env: Env): Tree {
  const sections = plainKeys(tree).filter(([key]) => key !== 'version');
  return Object.fromEntries(
    sections.map(([section, parts]): Entry => {
      if (!isTree(parts)) return [section, parts];
      const entries = Object.entries(parts).filter(([key]) => !key.startsWith('x-'));
      const long = (part: unknown): unknown =>
        section === 'services' ? (isTree(part) ? longService(part, env) : part) : longThing(part);
      return [section, Object.fromEntries(entries.map(([name, part]) => [name, long(part)]))];
    }),
  );
}

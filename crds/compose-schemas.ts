/** Docker's schemas of compose files as the reader of them wants it: the newest one, and for each older one what is otherwise. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..', 'tests', 'fixtures', 'compose-schema');
/** What says nothing about a file: names and defaults, and a part that docker itself does not use. */
const UNUSED = new Set(['$schema', 'id', 'default', 'constraints']);

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** The newest whole; the others, from newer to older, as a JSON merge patch (RFC 7386) on the one before. */
export function composeSchemas(): string {
  const versions = readdirSync(FOLDER)
    .flatMap((name) => /^config_schema_v(3\.\d+)\.json$/.exec(name)?.[1] ?? [])
    .sort((a, b) => minorOf(b) - minorOf(a));
  const schemas = versions.map((version) => ({ version, schema: schemaOf(version) }));
  const [newest, ...older] = schemas;
  if (newest === undefined) throw new Error(`There is no schema in ${FOLDER}.`);
  const patches = older.map(({ version, schema }, index) => ({
    version,
    patch: patchOf(schemas[index]?.schema ?? null, schema) ?? {},
  }));
  return `${JSON.stringify({ ...newest, patches }, null, 1)}\n`;
}

const minorOf = (version: string): number => Number(version.split('.')[1]);

function schemaOf(version: string): Json {
  const text = readFileSync(join(FOLDER, `config_schema_v${version}.json`), 'utf8');
  return used(JSON.parse(text) as Json);
}

/** A field may be called as a keyword is: only beside a `type` or a `$schema` is it one. */
function used(value: Json): Json {
  if (isList(value)) return value.map(used);
  if (!isMapping(value)) return value;
  const entries = Object.entries(value).filter(([key, item]) => !(UNUSED.has(key) && isKeyword(key, item)));
  return Object.fromEntries(entries.map(([key, item]) => [key, used(item)]));
}

function isKeyword(key: string, item: Json): boolean {
  return typeof item === 'string' || (key === 'constraints' && isMapping(item) && 'service' in item);
}

/** Undefined where both are the same. */
function patchOf(from: Json, to: Json): Json | undefined {
  if (!isMapping(from) || !isMapping(to)) return JSON.stringify(from) === JSON.stringify(to) ? undefined : to;
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  const entries = keys.flatMap((key): [string, Json][] => {
    if (!Object.hasOwn(to, key)) return [[key, null]];
    const item = to[key] ?? null;
    if (!Object.hasOwn(from, key)) return [[key, item]];
    const patch = patchOf(from[key] ?? null, item);
    return patch === undefined ? [] : [[key, patch]];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
const isMapping = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !isList(value);

/** Docker's schemas of compose files, and what one of them finds wrong with a file. Pure. */
import schemas from './compose-schemas.json' with { type: 'json' };
import { formatFault } from './compose-formats.ts';

/** The keywords that docker's schemas use, and no others. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean;
  readonly items?: Schema;
  readonly uniqueItems?: boolean;
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly format?: string;
}

interface Root extends Schema {
  readonly definitions: Readonly<Record<string, Schema>>;
}

type Path = readonly (string | number)[];
type Mapping = Readonly<Record<string, unknown>>;

export interface SchemaFault {
  readonly path: Path;
  /** Ends the sentence "services.app.image …". */
  readonly words: string;
}

/** More than anybody reads. */
const MOST_FAULTS = 50;

const roots = new Map<string, Root>([[schemas.version, schemas.schema]]);

/** Null for a version that docker does not know. */
function rootOf(version: string): Root | null {
  const known = roots.get(version);
  if (known !== undefined) return known;
  let made: unknown = schemas.schema;
  for (const { version: older, patch } of schemas.patches) {
    made = patched(made, patch);
    if (!roots.has(older)) roots.set(older, made as Root);
  }
  return roots.get(version) ?? null;
}

/** A JSON merge patch (RFC 7386). */
function patched(from: unknown, patch: unknown): unknown {
  if (!isMapping(patch)) return patch;
  const made = new Map(Object.entries(isMapping(from) ? from : {}));
  for (const [key, item] of Object.entries(patch)) {
    if (item === null) made.delete(key);
    else made.set(key, patched(made.get(key), item));
  }
  return Object.fromEntries(made);
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What `version:` says, as docker takes it; without one, or with `3`, it is the newest. */
export function schemaVersion(said: unknown): string {
  const text = typeof said === 'string' ? said : said === undefined ? '' : JSON.stringify(said);
  return text === '' || text === '3' ? schemas.version : text;
}

/** All that the schema of this version does not take. */
export function schemaFaults(tree: unknown, version: string): SchemaFault[] {
  const root = rootOf(version);
  if (root === null)
    return [{ path: ['version'], words: `is ${JSON.stringify(version)}, which docker does not know` }];
  return faultsOf({ value: tree, schema: root, path: [], root }).slice(0, MOST_FAULTS);
}

interface Look {
  readonly value: unknown;
  readonly schema: Schema;
  readonly path: Path;
  readonly root: Root;
}

function faultsOf(look: Look): SchemaFault[] {
  const { schema, root } = look;
  if (schema.$ref !== undefined) return faultsOf({ ...look, schema: referred(schema.$ref, root) });
  if (schema.oneOf !== undefined) return oneOfFaults(look, schema.oneOf);
  const own = ownFault(look);
  if (own !== null) return [{ path: look.path, words: own }];
  if (Array.isArray(look.value)) return listFaults(look, look.value);
  return isMapping(look.value) ? mappingFaults(look, look.value) : [];
}

function referred(reference: string, root: Root): Schema {
  const name = reference.replace('#/definitions/', '');
  const found = root.definitions[name];
  if (found === undefined) throw new Error(`Docker’s schema has no definition ${name}.`);
  return found;
}

/** Of several forms, the one that is meant is that of the value's own kind. */
function oneOfFaults(look: Look, forms: readonly Schema[]): SchemaFault[] {
  const { root, value, path } = look;
  const plain = forms.map((form) => (form.$ref === undefined ? form : referred(form.$ref, root)));
  const meant = plain.filter(({ type, oneOf }) => oneOf !== undefined || hasType(value, type));
  const found = meant.map((schema) => faultsOf({ ...look, schema }));
  if (found.some((faults) => faults.length === 0)) return [];
  return found[0] ?? [{ path, words: mustBe(plain.flatMap(({ type = [] }) => type)) }];
}

const IS: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  array: Array.isArray,
  object: isMapping,
};

const WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'nothing',
  array: 'a list',
  object: 'a mapping',
};

function hasType(value: unknown, type: Schema['type']): boolean {
  return type === undefined || [type].flat().some((each) => IS[each]?.(value) === true);
}

const mustBe = (types: readonly string[]): string =>
  `must be ${[...new Set(types)].map((type) => WORDS[type] ?? type).join(' or ')}`;

function ownFault({ value, schema }: Look): string | null {
  const { type, format, minimum } = schema;
  if (!hasType(value, type)) return mustBe([type ?? []].flat());
  if (schema.enum !== undefined && !schema.enum.includes(String(value)))
    return `must be ${schema.enum.join(' or ')}`;
  if (minimum !== undefined && Number(value) < minimum) return `must be at least ${minimum}`;
  return format === undefined ? null : formatFault(format, value);
}

function listFaults({ schema, path, root }: Look, list: readonly unknown[]): SchemaFault[] {
  const { items, uniqueItems = false } = schema;
  const twice = uniqueItems ? firstTwice(list) : -1;
  if (twice >= 0) return [{ path: [...path, twice], words: 'is there twice' }];
  if (items === undefined) return [];
  return list.flatMap((value, step) => faultsOf({ value, schema: items, path: [...path, step], root }));
}

function firstTwice(list: readonly unknown[]): number {
  const seen = new Set<string>();
  return list.findIndex((item) => {
    const text = JSON.stringify(item, (_key, value: unknown) =>
      isMapping(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    );
    const isThere = seen.has(text);
    seen.add(text);
    return isThere;
  });
}

function mappingFaults({ schema, path, root }: Look, mapping: Mapping): SchemaFault[] {
  const lacking = (schema.required ?? []).filter((key) => !Object.hasOwn(mapping, key));
  if (lacking.length > 0) return [{ path, words: `lacks ${lacking.join(' and ')}` }];
  return Object.entries(mapping).flatMap(([key, value]) => {
    const inner = [...path, key];
    const found = schemasOfKey(schema, key);
    if (found.length === 0 && schema.additionalProperties === false)
      return [{ path: inner, words: 'is not a key that docker knows here' }];
    return found.flatMap((each) => faultsOf({ value, schema: each, path: inner, root }));
  });
}

function schemasOfKey({ properties = {}, patternProperties = {} }: Schema, key: string): Schema[] {
  const own = Object.hasOwn(properties, key) ? properties[key] : undefined;
  const byPattern = Object.entries(patternProperties).filter(([pattern]) => patternOf(pattern).test(key));
  return [...(own === undefined ? [] : [own]), ...byPattern.map(([, schema]) => schema)];
}

const patterns = new Map<string, RegExp>();

function patternOf(text: string): RegExp {
  const made = patterns.get(text) ?? new RegExp(text, 'u');
  patterns.set(text, made);
  return made;
}

/** The forms that the newest schema has for a place of a file, each without references. */
export type Forms = readonly Schema[];

function formsOf(found: readonly Schema[]): Forms {
  const root = schemas.schema as Root;
  return found.flatMap((schema): Forms => {
    if (schema.$ref !== undefined) return formsOf([referred(schema.$ref, root)]);
    return schema.oneOf === undefined ? [schema] : formsOf(schema.oneOf);
  });
}

export const ROOT_FORMS: Forms = formsOf([schemas.schema]);

export function innerForms(forms: Forms, step: string | number): Forms {
  return formsOf(
    forms.flatMap((form) => (typeof step === 'number' ? (form.items ?? []) : schemasOfKey(form, step))),
  );
}

const typesOf = ({ type }: Schema): readonly string[] => (type === undefined ? [] : [type].flat());

/** Docker writes a number out, because it keeps a text there. */
export function isWrittenOut(forms: Forms): boolean {
  return forms.some((form) => ['string', 'number'].every((type) => typesOf(form).includes(type)));
}

/** Whether a place takes only texts of some kind, or none: a variable cannot stand there before it is filled in. */
export function isTyped(path: Path): boolean {
  const forms = path.reduce<Forms>((found, step) => innerForms(found, step), ROOT_FORMS);
  const known = forms.filter((form) => form.type !== undefined);
  return known.length > 0 && !known.some(takesAnyText);
}

function takesAnyText(form: Schema): boolean {
  return typesOf(form).includes('string') && form.enum === undefined && !CHECKED.has(form.format ?? '');
}

/** Docker checks these formats and no others. */
const CHECKED = new Set(['duration', 'ports']);

/** `explain`: what belongs in a document, from the same schemas that check it; and what a first cause means. */
import { z } from 'zod';
import { RecipeSpec } from '../../api/recipe-spec.ts';
import { TestRun } from '../../api/test-run.ts';
import { TestRunStatusBody } from '../../api/test-run-status.ts';
import { firstCauseOf, firstCauses, WHOSE } from '../../domain/causes/first-cause.ts';
import { aligned } from '../../describe/aligned.ts';
import { print, type Ctl } from '../terminal/world.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { Refusal, usageError } from '../../views/refusal.ts';
import { FIELD_NOTES } from './field-notes.ts';
import { kindOf } from '../../views/kinds.ts';
import { suggestion } from '../../views/suggest.ts';

/** The keywords of JSON Schema that zod writes and a person asks about. */
export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

export type Explained = 'run' | 'recipe';

export function schemaOf(kind: Explained): Schema {
  const schema = kind === 'run' ? TestRun : RecipeSpec;
  const written = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema;
  if (kind === 'recipe') return written;
  const status = z.toJSONSchema(TestRunStatusBody, { io: 'output', unrepresentable: 'any' }) as Schema;
  return { ...written, properties: { ...written.properties, status } };
}

/** `null` beside the real thing says only that it may be absent. */
function bare(schema: Schema): Schema {
  const rest = schema.anyOf?.filter((each) => each.type !== 'null') ?? [];
  return rest.length === 1 && rest[0] !== undefined ? { ...schema, anyOf: undefined, ...rest[0] } : schema;
}

/** Of a value that may have several shapes, the one with fields. */
function objectOf(schema: Schema): Schema {
  const here = bare(schema);
  return here.anyOf?.find((each) => each.properties !== undefined) ?? here;
}

/** The fields below a schema: of an object, of a list's items, of a map's values. */
export function fieldsOf(schema: Schema): Readonly<Record<string, Schema>> {
  const here = objectOf(schema);
  if (here.properties !== undefined) return here.properties;
  return here.items === undefined ? {} : fieldsOf(here.items);
}

export function typeOf(schema: Schema): string {
  const here = bare(schema);
  if (here.const !== undefined) return JSON.stringify(here.const);
  if (here.anyOf !== undefined) return here.anyOf.map(typeOf).join(' | ');
  if (here.type === 'array') return `[]${here.items === undefined ? 'any' : typeOf(here.items)}`;
  if (isMap(here)) return `map[string]${typeOf(here.additionalProperties)}`;
  return typeof here.type === 'string' ? here.type : 'any';
}

function isMap(schema: Schema): schema is Schema & { readonly additionalProperties: Schema } {
  return schema.properties === undefined && typeof schema.additionalProperties === 'object';
}

/** Every zod integer has these as its limits; they tell nobody anything. */
const isRealLimit = (limit: number | undefined): limit is number =>
  limit !== undefined && Math.abs(limit) < Number.MAX_SAFE_INTEGER;

const PHRASES: readonly ((schema: Schema) => string)[] = [
  ({ enum: values }) => (values === undefined ? '' : `one of ${values.join(', ')}`),
  ({ items }) => (items?.enum === undefined ? '' : `each one of ${items.enum.join(', ')}`),
  ({ minimum }) => (isRealLimit(minimum) ? `at least ${minimum}` : ''),
  ({ exclusiveMinimum }) => (isRealLimit(exclusiveMinimum) ? `more than ${exclusiveMinimum}` : ''),
  ({ maximum }) => (isRealLimit(maximum) ? `at most ${maximum}` : ''),
  ({ minLength }) => (minLength === undefined ? '' : `at least ${minLength} characters`),
  ({ maxLength }) => (maxLength === undefined ? '' : `at most ${maxLength} characters`),
  ({ minItems }) => (minItems === undefined ? '' : `at least ${minItems} items`),
  ({ format }) => format ?? '',
  ({ pattern, format }) => (pattern === undefined || format !== undefined ? '' : `matches ${pattern}`),
];

export function constraintsOf(schema: Schema): string[] {
  const all = [bare(schema), ...(schema.allOf ?? [])];
  return all.flatMap((each) => PHRASES.map((phrase) => phrase(each))).filter((text) => text !== '');
}

/** `run.spec.timeout` to its schema, or an error that names the nearest field. */
export function schemaAt(kind: Explained, path: readonly string[]): Schema {
  let current = schemaOf(kind);
  for (const [index, word] of path.entries()) {
    const fields = fieldsOf(current);
    const next = fields[word];
    if (next === undefined)
      throw noField([kind, ...path.slice(0, index)].join('.'), word, Object.keys(fields));
    current = next;
  }
  return current;
}

function noField(parent: string, word: string, known: readonly string[]): Refusal {
  if (known.length === 0)
    return new Refusal('notFound', `${parent} has no fields.`, {
      next: `\`ccci-ctl explain ${parent}\` says what it is.`,
    });
  const near = suggestion(word, known);
  const hint = near === null ? '' : `Did you mean ${parent}.${near}? `;
  return new Refusal('notFound', `${parent} has no field "${word}".`, {
    next: `${hint}Fields: ${known.join(', ')}.`,
  });
}

/** Throws where no first cause is called so. */
export function explainLines(reason: string): string[] {
  const found = firstCauseOf(reason);
  if (found === undefined) {
    const near = suggestion(
      reason,
      firstCauses().map((each) => each.reason),
    );
    const hint = near === null ? '' : `Did you mean ${near}? `;
    throw new Refusal('notFound', `No first cause is called "${reason}".`, {
      next: `${hint}All of them are in docs/first-causes.md; R-rules are abra’s.`,
    });
  }
  const { group, order, fault, means, todo } = found;
  const rows = [
    ['REASON:', reason],
    ['GROUP:', `${group} (${order + 1} of ${firstCauses().length}: those before explain those after)`],
    ['FAULT:', WHOSE[fault]],
    ['MEANS:', means],
    ['DO:', todo],
  ];
  return aligned(rows);
}

export function explain(ctl: Ctl, what: string): ExitCode {
  // Reasons begin with a capital, kinds do not.
  if (/^[A-Z]/.test(what)) {
    for (const line of explainLines(what)) print(ctl, line);
    return EXIT.ok;
  }
  const [word = '', ...path] = what.split('.');
  const kind = kindOf(word);
  if (kind.name !== 'runs' && kind.name !== 'recipes')
    throw usageError(
      `${kind.name} are not documents that people write.`,
      'Explain run or recipe, for example run.spec.timeout.',
    );
  const name = kind.name === 'runs' ? 'run' : 'recipe';
  const schema = schemaAt(name, path);
  for (const line of explained([name, ...path].join('.'), schema)) print(ctl, line);
  return EXIT.ok;
}

function noteOf(path: string, schema: Schema): string {
  return schema.description ?? FIELD_NOTES[path] ?? '';
}

export function explained(path: string, schema: Schema): string[] {
  const constraints = constraintsOf(schema);
  const facts: [string, string][] = [
    ['FIELD', path],
    ['TYPE', typeOf(schema)],
    ['DEFAULT', schema.default === undefined ? '' : JSON.stringify(schema.default)],
    ['VALUES', constraints.join('; ')],
    ['DESCRIPTION', noteOf(path, schema)],
  ];
  const head = aligned(facts.filter(([, text]) => text !== '').map(([label, text]) => [`${label}:`, text]));
  const fields = Object.entries(fieldsOf(schema));
  if (fields.length === 0) return head;
  const required = objectOf(schema).required ?? [];
  const rows = fields.map(([name, field]) => [
    `  ${name}`,
    `<${typeOf(field)}>${required.includes(name) && field.default === undefined ? ' required' : ''}`,
    noteOf(`${path}.${name}`, field),
  ]);
  return [...head, '', 'FIELDS:', ...aligned(rows)];
}

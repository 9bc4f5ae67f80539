/** The words in which the policy says which values a key may have: a check looks at one spot of the tree. Pure. */
import { at } from '../recipe/finding.ts';
import { isTree, textOf, type Place } from '../recipe/compose-parse.ts';
import { bytesOf, nanosecondsOf } from '../recipe/sizes.ts';
import type { Allow, Finding, Rule } from './finding.ts';

type Path = readonly (string | number)[];

/** Whose tree it is, and what the operator allows. */
export interface Scene {
  readonly stack: string;
  readonly domain: string;
  readonly allow: Allow;
  /** Nobody but the proxy is in the network `proxy` with it. */
  readonly alone: boolean;
  /** Keys of the networks that are the network `proxy`. */
  readonly shared: readonly string[];
  readonly place: (path: Path) => Place;
}

export interface Spot {
  readonly value: unknown;
  readonly path: Path;
  readonly scene: Scene;
}

export type Check = (spot: Spot) => readonly Finding[];
export type Keys = Readonly<Record<string, Check>>;

/** Names are the recipe's, and may be as long as its files. */
const MAX_SHOWN = 120;

export function shown(value: unknown): string {
  const text = textOf(value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}

export function child(spot: Spot, step: string | number): Spot {
  const { value, path, scene } = spot;
  const inner = (value as Record<string | number, unknown>)[step];
  return { value: inner, path: [...path, step], scene };
}

/** `Service "app"`, `Volume "data"`: whose key it is. */
export function ownerOf({ path }: Spot): string {
  const kinds: Readonly<Record<string, string>> = {
    services: 'Service',
    volumes: 'Volume',
    networks: 'Network',
    secrets: 'Secret',
    configs: 'Config',
  };
  const [section, name] = path;
  const kind = kinds[String(section)];
  return kind === undefined || name === undefined ? 'The file' : `${kind} "${shown(name)}"`;
}

export function refused(spot: Spot, rule: Rule, [message, fix]: readonly [string, string]): Finding[] {
  return [{ rule, severity: 'error', ...at(spot.scene.place(spot.path)), message, fix }];
}

export function warned(spot: Spot, rule: Rule, words: readonly [string, string]): Finding[] {
  return refused(spot, rule, words).map((finding) => ({ ...finding, severity: 'warning' }));
}

const fieldOf = ({ path }: Spot): string => path.slice(2).map(shown).join('.');

/** The value is none of those that the key may have. */
export function wrong(spot: Spot, may: string, rule: Rule = 'WrongValue'): Finding[] {
  const field = fieldOf(spot);
  const what = field === '' ? 'is' : `sets ${field} to`;
  const value =
    isTree(spot.value) || Array.isArray(spot.value) ? 'what it cannot be' : `"${shown(spot.value)}"`;
  return refused(spot, rule, [`${ownerOf(spot)} ${what} ${value}.`, `It may be ${may}.`]);
}

/** Known, and never needed by an app that only serves; `why` ends the sentence "It would …". */
export const never =
  (rule: Rule, why: string): Check =>
  (spot) =>
    refused(spot, rule, [`${ownerOf(spot)} sets ${fieldOf(spot)}, which would ${why}.`, 'Do without it.']);

export const anything: Check = () => [];

export const when =
  (fits: (value: unknown) => boolean, may: string, rule: Rule = 'WrongValue'): Check =>
  (spot) =>
    fits(spot.value) ? [] : wrong(spot, may, rule);

const isScalar = (value: unknown): value is string | number | boolean | bigint =>
  ['string', 'number', 'boolean', 'bigint'].includes(typeof value);

export const scalar = when(isScalar, 'a text or a number');
export const maybeScalar = when((value) => value === null || isScalar(value), 'a text, a number, or nothing');
export const text = when((value) => typeof value === 'string', 'a text');
export const matching = (pattern: RegExp, may: string, rule: Rule = 'WrongValue'): Check =>
  when((value) => isScalar(value) && pattern.test(textOf(value)), may, rule);
export const oneOf = (...values: readonly string[]): Check =>
  when((value) => typeof value === 'string' && values.includes(value), values.join(', '));
/** Docker takes these words for booleans once variables are filled in. */
export const flag = when(
  (value) => typeof value === 'boolean' || /^(?:y|yes|true|on|n|no|false|off)$/i.test(textOf(value)),
  'true or false',
);
export const isOn = (value: unknown): boolean =>
  value === true || /^(?:y|yes|true|on)$/i.test(textOf(value ?? ''));

/** A number, also where a variable made a text of it. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
}

export const whole = (least: number, most: number, rule: Rule = 'OverLimit'): Check =>
  when(
    (value) => Number.isInteger(numberOf(value)) && numberOf(value) >= least && numberOf(value) <= most,
    `a whole number from ${least} to ${most}`,
    rule,
  );
export const ratio = when((value) => numberOf(value) >= 0 && numberOf(value) <= 1, 'a number from 0 to 1');

/** What is no size fits nowhere. */
export const isAtMost = (value: unknown, most: string): boolean =>
  (bytesOf(value) ?? Infinity) <= (bytesOf(most) ?? 0);

export const size = (most: string): Check =>
  when((value) => isAtMost(value, most), `a size of at most ${most}`, 'OverLimit');

const secondsOf = (value: unknown): number => (nanosecondsOf(textOf(value)) ?? Number.NaN) / 1e9;

export const duration = (most: string): Check =>
  when(
    (value) => secondsOf(value) <= secondsOf(most),
    `a duration such as 30s, of at most ${most}`,
    'OverLimit',
  );

export const each =
  (check: Check, may = 'a list'): Check =>
  (spot) =>
    Array.isArray(spot.value)
      ? spot.value.flatMap((_item, step) => check(child(spot, step)))
      : wrong(spot, may);

/** A mapping whose keys are names of somebody's choice. */
export const entries =
  (check: Check, names = /^[\w.-]{1,128}$/): Check =>
  (spot) => {
    if (!isTree(spot.value)) return wrong(spot, 'a mapping');
    return Object.keys(spot.value).flatMap((key) => {
      const inner = child(spot, key);
      return names.test(key)
        ? check(inner)
        : refused(inner, 'WrongValue', [
            `"${shown(key)}" cannot be a name here.`,
            'Use letters, digits, ".", "_" and "-".',
          ]);
    });
  };

export const both =
  (...checks: readonly Check[]): Check =>
  (spot) =>
    checks.flatMap((check) => check(spot));

export const optional =
  (check: Check): Check =>
  (spot) =>
    spot.value === null || spot.value === undefined ? [] : check(spot);

/** One form or another, by its kind. */
export const either =
  (forms: { readonly scalar?: Check; readonly list?: Check; readonly mapping?: Check }): Check =>
  (spot) => {
    const form = Array.isArray(spot.value) ? forms.list : isTree(spot.value) ? forms.mapping : forms.scalar;
    const may = Object.keys(forms).map(
      (kind) => ({ scalar: 'a text', list: 'a list', mapping: 'a mapping' })[kind],
    );
    return form === undefined ? wrong(spot, may.join(' or ')) : form(spot);
  };

/** A mapping of known keys; extension fields mean nothing to docker, unless the table names them. */
export const keys =
  (table: Keys): Check =>
  (spot) => {
    if (!isTree(spot.value)) return wrong(spot, 'a mapping');
    return Object.keys(spot.value).flatMap((key) => {
      const inner = child(spot, key);
      if (Object.hasOwn(table, key)) return table[key]?.(inner) ?? [];
      return key.startsWith('x-') ? [] : unknown(inner, key);
    });
  };

function unknown(spot: Spot, key: string): Finding[] {
  const where = spot.path.slice(0, -1).map(shown).join('.') || 'the top level';
  return refused(spot, 'UnknownKey', [
    `"${shown(key)}" of ${where} is not a key that is known here.`,
    'Leave it out, or correct it; docs/security.md says which keys there are.',
  ]);
}

/** No backslash: JSON.parse may take a key for another one that holds one (nodejs/node#63785), also in Docker's answers. */
const KEY = /^[^\n\\]{1,1024}$/s;

export const listOrMapping = (value: Check): Check =>
  either({ list: each(both(scalar, pair)), mapping: entries(value, KEY) });
/** `key=value`, or a key alone. */
function pair(spot: Spot): readonly Finding[] {
  const [key = ''] = textOf(spot.value).split('=', 1);
  return key.includes('\\') ? wrong(spot, 'a name without a backslash, "=" and a value') : [];
}

export const textOrList = either({ scalar: text, list: each(scalar) });

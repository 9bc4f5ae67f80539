/**
 * The names a run gives to its app, and the proof that a name is ours.
 *
 * Domain: `<recipe>[-pr<N>]-<id>.<zone>`; stack: the domain with dots turned to underscores.
 * The id is 5 characters from (uid, attempt) and 4 check characters, a MAC of the whole name under this
 * installation's key: a name alone proves that this installation made it, also where the state directory was lost.
 */
import { createHash, createHmac } from 'node:crypto';

/** abra truncates stack names beyond this (docs/abra.md, 3.1), and two long domains would share one stack. */
export const MAX_STACK = 45;
/** Swarm's limit for names of secrets and configs. */
export const MAX_SWARM_NAME = 64;
/** DNS label limit. */
const MAX_LABEL = 63;

/** 32 letters and digits that are hard to mistake for one another. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const UNIQUE = 5;
const CHECK = 4;
const ID_PATTERN = new RegExp(
  `^(?<head>[a-z0-9][a-z0-9-]*-[${ALPHABET}]{${UNIQUE}})(?<check>[${ALPHABET}]{${CHECK}})$`,
);

export interface AppName {
  readonly domain: string;
  readonly stack: string;
}

export interface NameInput {
  readonly recipe: string;
  readonly pr: number | null;
  readonly uid: string;
  readonly attempt: number;
  readonly zone: string;
}

function letters(bytes: Buffer, count: number): string {
  return [...bytes.subarray(0, count)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

function checkOf(head: string, zone: string, key: string): string {
  return letters(createHmac('sha256', key).update(`${head}.${zone}`).digest(), CHECK);
}

export function stackOf(domain: string): string {
  return domain.replaceAll('.', '_');
}

/** How many characters of the recipe's name fit beside the rest. */
function recipeBudget(fixed: number, zone: string): number {
  return Math.min(MAX_LABEL, MAX_STACK - zone.length - 1) - fixed;
}

/** The app's domain and stack for one attempt; throws RangeError if the zone leaves no room. */
export function appNameOf(input: NameInput, key: string): AppName {
  const pr = input.pr === null ? '' : `-pr${input.pr}`;
  const unique = letters(createHash('sha256').update(`${input.uid}/${input.attempt}`).digest(), UNIQUE);
  const room = recipeBudget(pr.length + 1 + UNIQUE + CHECK, input.zone);
  if (room < 2)
    throw new RangeError(
      `The zone "${input.zone}" leaves no room for a recipe's name in ${MAX_STACK} characters of stack name.`,
    );
  const recipe = input.recipe.slice(0, room).replace(/-+$/, '');
  const head = `${recipe}${pr}-${unique}`;
  const domain = `${head}${checkOf(head, input.zone, key)}.${input.zone}`;
  return { domain, stack: stackOf(domain) };
}

/** True only where this installation's key made the name. */
export function isOurStack(stack: string, zone: string, key: string): boolean {
  const suffix = `_${stackOf(zone)}`;
  if (!stack.endsWith(suffix)) return false;
  const match = ID_PATTERN.exec(stack.slice(0, -suffix.length));
  const { head, check } = match?.groups ?? {};
  return head !== undefined && check !== undefined && checkOf(head, zone, key) === check;
}

/** As `ourStackOf`, whatever zone it was made for: `CCCI_ZONE` may have been another then. A zone has no underscore, so that the name alone says which it can be. */
export function ourStackOfAnyZone(
  thing: { readonly name: string; readonly stack: string | null },
  key: string,
): string | null {
  const [head, ...rest] = (thing.name.split('.')[0] ?? '').split('_');
  if (!ID_PATTERN.test(head ?? '')) return null;
  for (let count = 1; count <= rest.length; count++) {
    const stack = ourStackOf(thing, rest.slice(0, count).join('.'), key);
    if (stack !== null) return stack;
  }
  return null;
}

/**
 * The stack that a swarm name belongs to, if the name is one of ours: `<stack>` itself or `<stack>_<rest>`.
 * A label that names another stack wins: then the thing is not ours.
 */
export function ourStackOf(
  thing: { readonly name: string; readonly stack: string | null },
  zone: string,
  key: string,
): string | null {
  const zoneText = `_${stackOf(zone)}`;
  const at = thing.name.indexOf(zoneText);
  if (at < 0) return null;
  const end = at + zoneText.length;
  const boundary = thing.name[end];
  if (boundary !== undefined && boundary !== '_' && boundary !== '.') return null;
  const stack = thing.name.slice(0, end);
  if (!isOurStack(stack, zone, key)) return null;
  return thing.stack === null || thing.stack === stack ? stack : null;
}

/** The poll: one request for all repositories of an owner says which of them changed. */
import { isFailure, messageOf, Terminal } from '../../runtime/errors.ts';
import { keyOf } from '../../runtime/controllers.ts';
import { OVERLAP_MS } from './comments.ts';
import type { BridgeDeps, RepositoryKey } from './deps.ts';
import type { Hints } from './hints.ts';
import type { Members } from './members.ts';
import type { Recipes, RecipeSeen } from './recipes.ts';

export interface Poll {
  /** Keys of the repositories that are to be looked at. Never throws because of the forge. */
  poll(): Promise<RepositoryKey[]>;
  /** Why the owner's repositories cannot be read at all; null where they can. */
  outageOf(owner: string): unknown;
}

export interface PollDeps extends Pick<BridgeDeps, 'forge' | 'clock' | 'log'> {
  readonly recipes: Pick<Recipes, 'list'>;
  readonly members: Pick<Members, 'check'>;
  readonly hints: Pick<Hints, 'add'>;
}

/** An owner as it was polled last. */
interface OwnerSeen {
  /** By the forge's clock; null before it answered once. */
  readonly since: Date | null;
  /** Null where it answered. */
  readonly error: { readonly cause: unknown } | null;
}

type Recipe = readonly [name: string, seen: RecipeSeen];

export function makePoll(deps: PollDeps): Poll {
  const owners = new Map<string, OwnerSeen>();
  let known: ReadonlyMap<string, RecipeSeen> = new Map();

  const poll = async (): Promise<RepositoryKey[]> => {
    const recipes = await deps.recipes.list();
    const names = new Set(differences(known, recipes));
    for (const [owner, own] of byOwner(recipes)) {
      const { seen, changed } = await pollOwner(deps, { owner, own, old: owners.get(owner) });
      owners.set(owner, seen);
      for (const name of changed) names.add(name);
    }
    const works = [...owners.values()].every(({ error }) => error === null);
    if (works && owners.size > 0 && (await deps.members.check()))
      for (const name of recipes.keys()) names.add(name);
    // Not before all of it worked: what throws on the way is seen again.
    known = recipes;
    return [...names].map((name) => keyOf('repository', name));
  };
  return {
    poll,
    outageOf: (owner) => {
      const cause = owners.get(owner.toLowerCase())?.error?.cause ?? null;
      return concernsAll(cause) ? cause : null;
    },
  };
}

/** Those that are new, gone, or another repository now. */
function differences(
  before: ReadonlyMap<string, RecipeSeen>,
  after: ReadonlyMap<string, RecipeSeen>,
): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => JSON.stringify(before.get(name)) !== JSON.stringify(after.get(name)),
  );
}

function byOwner(recipes: ReadonlyMap<string, RecipeSeen>): Map<string, Recipe[]> {
  const there = [...recipes].filter(([, { repository }]) => repository !== null);
  return Map.groupBy(there, ([, { repository }]) => (repository?.owner ?? '').toLowerCase());
}

interface Owned {
  readonly owner: string;
  readonly own: readonly Recipe[];
  readonly old: OwnerSeen | undefined;
}

async function pollOwner(
  deps: PollDeps,
  { owner, own, old }: Owned,
): Promise<{ seen: OwnerSeen; changed: readonly string[] }> {
  const all = own.map(([name]) => name);
  const { since, error: oldError } = old ?? { since: null, error: null };
  try {
    const { pulls, now } = await deps.forge.changedPulls(owner, since ?? deps.clock.now());
    const seen = { since: new Date(now.getTime() - OVERLAP_MS), error: null };
    if (oldError !== null) deps.log.info({ owner }, 'the forge answers again');
    const changed = pulls.flatMap((pull) => hinted(deps, own, pull));
    // Before the first answer nobody knows what changed; after an outage all of them say that it is over.
    return { seen, changed: since === null || oldError !== null ? all : changed };
  } catch (cause) {
    const isNews = oldError === null || messageOf(oldError.cause) !== messageOf(cause);
    sayFailure(deps, { owner, cause, isNews });
    // Where only this request is refused, each repository is read by itself.
    return { seen: { since, error: { cause } }, changed: isNews || !concernsAll(cause) ? all : [] };
  }
}

/** Throws it where nothing failed. */
function sayFailure({ log }: PollDeps, of: { owner: string; cause: unknown; isNews: boolean }): void {
  if (!isFailure(of.cause)) throw of.cause;
  const fields = { owner: of.owner, error: messageOf(of.cause) };
  log[of.isNews ? 'warn' : 'debug'](fields, 'the forge cannot be polled');
}

/** The recipes whose pull request that is. */
function hinted(
  { hints }: PollDeps,
  own: readonly Recipe[],
  pull: { owner: string; name: string; number: number },
): string[] {
  const names = own.filter(([, seen]) => isSame(seen, pull)).map(([name]) => name);
  for (const name of names) hints.add(name, pull.number);
  return names;
}

function isSame({ repository }: RecipeSeen, { owner, name }: { owner: string; name: string }): boolean {
  return `${repository?.owner}/${repository?.name}`.toLowerCase() === `${owner}/${name}`.toLowerCase();
}

/** A forge that does not answer, or does not know us, need not be asked for each repository. */
function concernsAll(cause: unknown): boolean {
  if (cause === null) return false;
  return !(cause instanceof Terminal) || !['ForgeForbidden', 'ForgeRejected'].includes(cause.reason);
}

/** The PullStatus of a pull request: what was seen of it, and the comments there that are to be answered. Pure but for the writing. */
import { isDeepStrictEqual } from 'node:util';
import type { PullStatusBody, Refused } from '../../api/pull-status.ts';
import { pullNameOf } from '../../domain/trigger/names.ts';
import type { ForgePull } from '../../forge.ts';
import type { BridgeDeps, Enrolled } from './deps.ts';

type Deps = Pick<BridgeDeps, 'pulls' | 'clock'>;

/** What is said of a person and a pull request once. */
const ONCE_A_PERSON = new Set(['NotAMember', 'CannotTell']);
/** Beyond so many nobody is answered: they are strangers who want to fill a disk, or a conversation. */
const MOST_REFUSED = 100;

export function withRefused(refused: readonly Refused[], more: Refused | null): Refused[] {
  if (more === null || refused.length >= MOST_REFUSED) return [...refused];
  const isSaid = refused.some(
    ({ commentId, user, reason }) =>
      commentId === more.commentId ||
      (ONCE_A_PERSON.has(reason) && reason === more.reason && user === more.user),
  );
  return isSaid ? [...refused] : [...refused, more];
}

export interface PullSeen {
  readonly number: number;
  /** Null for one that is gone: what was known of it stands, closed. */
  readonly pull: ForgePull | null;
  readonly refused?: Refused | null;
}

/** A look that finds nothing new writes nothing. */
export async function putPull({ pulls, clock }: Deps, at: Enrolled, seen: PullSeen): Promise<void> {
  const name = pullNameOf(at.recipe, seen.number);
  const document = await pulls.get(name);
  const old = document?.status ?? null;
  const next = nextOf(old, at, seen);
  if (next === null || isDeepStrictEqual(next, old)) return;
  const body = { ...next, observedAt: clock.now().toISOString() };
  await pulls.put(name, body, document?.metadata.resourceVersion ?? 0);
}

/** Null where nothing was known and nothing is there. */
function nextOf(
  old: PullStatusBody | null,
  { recipe, repository }: Enrolled,
  { pull, refused = null }: PullSeen,
): PullStatusBody | null {
  if (pull === null) return old === null ? null : { ...old, state: 'closed' };
  return {
    recipe,
    repository,
    ...factsOf(pull),
    observedAt: old?.observedAt ?? '',
    refused: withRefused(old?.refused ?? [], refused),
  };
}

type Facts = Omit<PullStatusBody, 'recipe' | 'repository' | 'observedAt' | 'refused'>;

function factsOf(pull: ForgePull): Facts {
  const { number, state, url, mergeBase, isMergeable } = pull;
  const head = { sha: pull.head.sha, branch: pull.head.branch };
  const base = { sha: pull.base.sha, branch: pull.base.branch };
  return { number, state, url, head, base, mergeBase, isMergeable };
}

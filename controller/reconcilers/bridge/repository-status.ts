/** The RepositoryStatus of a recipe: how far its repository was read, and whether the last look worked. */
import { withCondition } from '../../domain/run/conditions.ts';
import type { RepositoryStatusBody } from '../../api/repository-status.ts';
import type { Repository } from '../../forge.ts';
import { messageOf } from '../../runtime/errors.ts';
import { type Cursor, firstCursor } from './comments.ts';
import { POLLED, type Said } from './conditions.ts';
import type { BridgeDeps, Enrolled } from './deps.ts';
import type { Members } from './members.ts';

type Deps = Pick<BridgeDeps, 'repositories' | 'forge' | 'config' | 'clock' | 'log'> & {
  readonly members: Members;
};

export type Begun = RepositoryStatusBody & { readonly cursor: Cursor };

/** With a cursor, which is on disk: from then on nothing is missed. */
export async function begun(deps: Deps, at: Enrolled): Promise<{ status: Begun; version: number }> {
  const document = await deps.repositories.get(at.recipe);
  const version = document?.metadata.resourceVersion ?? 0;
  const cursor = cursorOf(deps, document?.status ?? null, at.repository);
  if (document !== null && cursor !== null) return { status: { ...document.status, cursor }, version };
  const first = await firstCursor(deps.forge, at, deps.clock.now());
  const conditions = conditionsOf(deps, document?.status.conditions ?? [], POLLED);
  const status = { forge: deps.config.url, repository: at.repository, cursor: first, conditions };
  await deps.repositories.put(at.recipe, status, version);
  return { status, version: version + 1 };
}

/** Null where it was never read, or was another repository. */
function cursorOf(
  { config }: Deps,
  status: RepositoryStatusBody | null,
  at: Repository | null,
): Cursor | null {
  if (status?.repository == null || at === null || status.forge !== config.url) return null;
  return status.repository.owner === at.owner && status.repository.name === at.name ? status.cursor : null;
}

export interface Saying {
  readonly recipe: string;
  readonly repository: Repository | null;
  readonly said: Said;
}

export async function say(deps: Deps, { recipe, repository, said }: Saying): Promise<void> {
  const document = await deps.repositories.get(recipe);
  const body = {
    forge: deps.config.url,
    repository,
    cursor: cursorOf(deps, document?.status ?? null, repository),
    conditions: conditionsOf(deps, document?.status.conditions ?? [], said),
  };
  await deps.repositories.put(recipe, body, document?.metadata.resourceVersion ?? 0);
}

/** The failure itself is thrown after it; a full disk must not hide it. */
export async function sayFailure(deps: Deps, saying: Saying): Promise<void> {
  try {
    await say(deps, saying);
  } catch (error) {
    deps.log.warn({ recipe: saying.recipe, error: messageOf(error) }, 'a failure is not in the status file');
  }
}

export function conditionsOf(
  { members, clock }: Deps,
  old: RepositoryStatusBody['conditions'],
  said: Said,
): RepositoryStatusBody['conditions'] {
  const now = clock.now();
  const known = members.condition();
  const polled = withCondition(old, said, now);
  return known === null ? polled : withCondition(polled, known, now);
}

/** Comments that are new since the last look, and what of them asks for something. */
import type { RepositoryStatusBody } from '../../api/repository-status.ts';
import { type Command, commandOf } from '../../domain/trigger/command.ts';
import type { Forge, ForgeComment } from '../../forge.ts';
import type { Enrolled } from './deps.ts';

export type Cursor = NonNullable<RepositoryStatusBody['cursor']>;

export interface Asked {
  readonly comment: ForgeComment;
  readonly pull: number;
  readonly command: Command;
}

export interface CommentsRead {
  /** Oldest first. */
  readonly asked: readonly Asked[];
  readonly next: Cursor;
}

/** What the forge committed late, or told by a clock that lags, is listed within this time. */
export const OVERLAP_MS = 2 * 60_000;

/** Of a repository that was never read: what was said before now asks for nothing. */
export async function firstCursor(forge: Forge, { repository }: Enrolled, now: Date): Promise<Cursor> {
  const listed = await forge.commentsSince(repository, now);
  return { since: listed.now.toISOString(), handled: [] };
}

/** `nudged` are ids that a webhook told of; only their comments count, as the forge has them now. */
export async function readComments(
  forge: Forge,
  { repository }: Enrolled,
  from: { readonly cursor: Cursor; readonly nudged: readonly number[] },
): Promise<CommentsRead> {
  const { handled } = from.cursor;
  const since = new Date(from.cursor.since);
  const { comments, now } = await forge.commentsSince(repository, since);
  const listed = new Set([...comments.map(({ id }) => id), ...handled]);
  const others: ForgeComment[] = [];
  for (const id of from.nudged) {
    const comment = listed.has(id) ? null : await forge.comment(repository, id);
    if (comment !== null) others.push(comment);
  }
  const seen = [...comments, ...others].filter(({ createdAt }) => createdAt >= since);
  const fresh = seen
    .filter(({ id }) => !handled.includes(id))
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || a.id - b.id);
  return { asked: await commandsAmong(forge, fresh), next: cursorAfter(from.cursor, seen, now) };
}

/** Plain comments under pull requests, by others, never edited, that are a command and nothing else. */
async function commandsAmong(forge: Forge, fresh: readonly ForgeComment[]): Promise<Asked[]> {
  const asked = fresh.flatMap((comment) => {
    const command = commandOf(comment.body);
    const isEdited = comment.createdAt.getTime() !== comment.updatedAt.getTime();
    return command === null || comment.pull === null || isEdited
      ? []
      : [{ comment, pull: comment.pull, command }];
  });
  if (asked.length === 0) return [];
  const me = (await forge.me()).toLowerCase();
  return asked.filter(({ comment: { author } }) => author !== '' && author.toLowerCase() !== me);
}

/** Never back, or what was said before the first look would count; but where the forge's clock was put back, with it. */
function cursorAfter(cursor: Cursor, seen: readonly ForgeComment[], now: Date): Cursor {
  const old = Date.parse(cursor.since);
  const since = now.getTime() < old ? now.getTime() : Math.max(old, now.getTime() - OVERLAP_MS);
  // One that is not listed any more was deleted.
  const handled = seen.filter(({ createdAt }) => createdAt.getTime() >= since).map(({ id }) => id);
  return { since: new Date(since).toISOString(), handled: handled.sort((a, b) => a - b) };
}

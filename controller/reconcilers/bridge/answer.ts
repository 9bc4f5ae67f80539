/** Does what a comment asks, or says why not. Safe to repeat: names come from the comment's id, and only what is older than it is touched. */
import type { Refused } from '../../api/pull-status.ts';
import type { Draft } from '../../client/create-run.ts';
import { otherRunNameOf, runNameOfComment } from '../../domain/trigger/names.ts';
import type { ForgeComment, ForgePull } from '../../forge.ts';
import type { Asked } from './comments.ts';
import type { BridgeDeps, Enrolled } from './deps.ts';
import type { Members } from './members.ts';
import { cancelAll, type RunOfPull, runsOf } from './runs.ts';

export type AnswerDeps = Pick<BridgeDeps, 'store' | 'wishes' | 'config' | 'log'> & {
  readonly members: Pick<Members, 'mayAsk'>;
};

interface Place extends Enrolled, Asked {
  readonly seen: ForgePull;
}

/** What the comment is to be told; null where the run says it all. */
export async function answer(deps: AnswerDeps, place: Place): Promise<Refused | null> {
  const { recipe, comment, command, pull } = place;
  const may = await deps.members.mayAsk(comment.author);
  const fields = { recipe, pull, comment: comment.id, user: comment.author, command };
  if (may !== 'yes') {
    deps.log.info({ ...fields, may }, 'a comment is refused');
    return may === 'no' ? notAMember(deps, comment) : cannotTell(comment);
  }
  deps.log.info(fields, 'a comment is answered');
  switch (command) {
    case 'test':
      return test(deps, place);
    case 'cancel':
      return cancel(deps, place);
    case 'help':
      return refused(comment, 'HelpAsked', HELP);
    default:
      return command satisfies never;
  }
}

async function test(deps: AnswerDeps, place: Place): Promise<null> {
  const { recipe, pull, comment } = place;
  const of = { recipe, pull, commentId: comment.id };
  const usual = runNameOfComment(of);
  const owner = await commentOf(deps, usual);
  const isTaken = owner !== null && owner !== '' && owner !== comment.url;
  const name = isTaken ? otherRunNameOf(of, comment.url) : usual;
  if ((await commentOf(deps, name)) === null) await create(deps, name, draftOf(name, place));
  await cancelAll(deps, await olderRuns(deps, place), { by: 'newer-run', who: name });
  return null;
}

/** The address of the comment that a run is for; '' where that cannot be read, and null where there is no such run. */
async function commentOf({ store }: AnswerDeps, name: string): Promise<string | null> {
  const { spec, status } = await store.get(name);
  if (spec === null && status === null) return null;
  const asked = spec?.parsed.ok === true ? spec.parsed.value.spec : status?.status.accepted?.run;
  return asked?.trigger.url ?? '';
}

async function create(deps: AnswerDeps, name: string, draft: Draft): Promise<void> {
  try {
    await deps.wishes.create(draft);
  } catch (error) {
    if ((await commentOf(deps, name)) === null) throw error;
  }
}

/** Pinned: whatever is pushed meanwhile, this commit is tested. Where the fork is gone, the enrolled repository still has it. */
function draftOf(name: string, { recipe, pull, comment, seen }: Place): Draft {
  const { sha, cloneUrl } = seen.head;
  return {
    name,
    recipe,
    source: { ...(cloneUrl === null ? {} : { repo: cloneUrl }), ref: sha, pr: pull },
    trigger: { kind: 'comment', user: comment.author, commentId: comment.id, url: comment.url },
  };
}

async function cancel(deps: AnswerDeps, place: Place): Promise<Refused | null> {
  const { comment } = place;
  const older = await olderRuns(deps, place);
  await cancelAll(deps, older, { by: 'person', who: comment.author });
  // Also where an earlier try came this far.
  const isDone = older.some((run) => run.isOpen || wasCancelledBy(run, comment.author));
  return isDone ? null : refused(comment, 'NothingToCancel', 'No run of this pull request is open.');
}

function wasCancelledBy({ cancel }: RunOfPull, user: string): boolean {
  return typeof cancel !== 'boolean' && cancel.by === 'person' && cancel.who === user;
}

async function olderRuns(deps: AnswerDeps, { recipe, pull, comment, seen }: Place): Promise<RunOfPull[]> {
  const runs = await runsOf(deps, { recipe, pull, url: seen.url });
  return runs.filter(({ commentId }) => commentId < comment.id);
}

// ---------------------------------------------------------------- what people are told

const HELP =
  'A comment that is exactly `!testme` tests the head of this pull request, `!testme cancel` ends what runs, and `!testme help` says this; a comment that holds anything else asks for nothing.';

function refused({ id, author }: ForgeComment, reason: string, message: string): Refused {
  return { commentId: id, user: author, reason, message };
}

function notAMember({ config }: AnswerDeps, comment: ForgeComment): Refused {
  const who =
    config.organisation === null
      ? 'people whom its administrators list'
      : `members of ${config.organisation}`;
  return refused(
    comment,
    'NotAMember',
    `Only ${who} may start cc-ci, and ${comment.author} is not one of them. One of them can say \`!testme\` here.`,
  );
}

function cannotTell(comment: ForgeComment): Refused {
  return refused(
    comment,
    'CannotTell',
    `cc-ci could not find out whether ${comment.author} may start it, so nothing was done. Say it again in some minutes; if that does not help, tell its administrators: \`ccci-ctl doctor\` shows them why.`,
  );
}

/** The forge that recipes live on is a Gitea, reached over its API with the bot's own rights. */
import type { Forge, ForgeComment, ForgePull, Membership, Repository } from '../forge.ts';
import type { Clock } from '../ports.ts';
import { messageOf, Waiting } from '../runtime/errors.ts';
import { clockOf, errorOf, valueOf } from './answers.ts';
import { type Client, listAll, makeClient, segment } from './client.ts';
import { type CredentialSource, type Credentials, credentialsOf } from './credentials.ts';
import type { Wire } from './exchange.ts';
import { FoundIssue, GiteaComment, GiteaPull, GiteaUser } from './shapes.ts';

export interface GiteaDeps {
  /** Without a slash at its end. */
  readonly url: string;
  readonly credentials: CredentialSource;
  /** Shows in the bot's list of tokens whose token it is, where one is made from a password. */
  readonly tokenName: string;
  readonly clock: Clock;
  readonly fetch?: typeof fetch;
  /** For one answer, to its last byte. */
  readonly timeoutMs?: number;
  /** Ends what is under way. */
  readonly signal?: AbortSignal;
}

const TIMEOUT_MS = 20_000;

export function giteaForge({ url, credentials: source, tokenName, clock, ...deps }: GiteaDeps): Forge {
  const { signal = null, timeoutMs = TIMEOUT_MS } = deps;
  const wire: Wire = { fetch: deps.fetch ?? fetch, url, timeoutMs, signal };
  const credentials = credentialsOf({ wire, source, tokenName, clock });
  const client = makeClient({ wire, credentials });
  return {
    me: meOf(client, credentials),
    membership: (organisation, user) => membershipOf(client, organisation, user),
    ...listsOf(client),
    ...thingsOf(client),
    ...writesOf(client),
  };
}

const rest = ({ owner, name }: Repository): string => `/repos/${segment(owner)}/${segment(name)}`;
const named = ({ owner, name }: Repository): string => `${owner}/${name}`;
/** Gitea takes whole seconds. */
const instant = (date: Date): string => encodeURIComponent(`${date.toISOString().slice(0, 19)}Z`);

/** Asked once for each token. */
function meOf(client: Client, credentials: Credentials): Forge['me'] {
  let known: { readonly token: string; readonly login: string } | null = null;
  return async () => {
    const token = await credentials.token();
    if (known?.token === token) return known.login;
    const answer = await client.ask({ method: 'GET', path: '/user' }, 'the bot’s own account');
    const { login } = valueOf(answer, GiteaUser);
    known = { token, login };
    return login;
  };
}

/** Who is not surely a member is none: whatever goes wrong is "cannot tell", but for a wish for patience. */
async function membershipOf(client: Client, organisation: string, user: string): Promise<Membership> {
  const what = `whether ${user} is a member of ${organisation}`;
  try {
    const path = `/orgs/${segment(organisation)}/members/${segment(user)}`;
    const answer = await client.send({ method: 'GET', path });
    if (answer.status === 204) return 'yes';
    if (answer.status === 404) return 'no';
    if (answer.status === 303)
      return {
        cannotTell: `${what}: Gitea does not say it to the bot, which is no member of ${organisation} itself. Make it one.`,
      };
    throw errorOf(answer, what);
  } catch (error) {
    if (error instanceof Waiting) throw error;
    return { cannotTell: messageOf(error) };
  }
}

function listsOf(client: Client): Pick<Forge, 'changedPulls' | 'commentsSince' | 'comments'> {
  return {
    changedPulls: async (owner, since) => {
      const query = `owner=${segment(owner)}&type=pulls&state=all&since=${instant(since)}`;
      const list = { path: `/repos/issues/search?${query}`, what: `pull requests of ${owner}` };
      const { items, first } = await listAll(client, { ...list, shape: FoundIssue });
      const pulls = items.map(({ number, repository }) => ({ ...repository, number }));
      return { pulls, now: clockOf(first) };
    },
    commentsSince: async (repository, since) => {
      const path = `${rest(repository)}/issues/comments?since=${instant(since)}`;
      const list = { path, what: `comments of ${named(repository)}` };
      const { items, first } = await listAll(client, { ...list, shape: GiteaComment });
      return { comments: oldestFirst(items), now: clockOf(first) };
    },
    comments: async (repository, pull) => {
      const path = `${rest(repository)}/issues/${pull}/comments`;
      const list = { path, what: `comments of ${named(repository)}#${pull}` };
      const { items } = await listAll(client, { ...list, shape: GiteaComment });
      return oldestFirst(items);
    },
  };
}

function thingsOf(client: Client): Pick<Forge, 'comment' | 'pull' | 'hasCommit'> {
  return {
    comment: async (repository, id) => {
      const path = `${rest(repository)}/issues/comments/${id}`;
      const answer = await client.askIfThere({ method: 'GET', path }, `a comment of ${named(repository)}`);
      return answer === null ? null : commentOf(valueOf(answer, GiteaComment));
    },
    pull: async (repository, number) => {
      const path = `${rest(repository)}/pulls/${number}`;
      const answer = await client.askIfThere({ method: 'GET', path }, `${named(repository)}#${number}`);
      return answer === null ? null : pullOf(valueOf(answer, GiteaPull));
    },
    hasCommit: async (repository, sha) => {
      const path = `${rest(repository)}/git/commits/${segment(sha)}?stat=false&verification=false&files=false`;
      return (await client.askIfThere({ method: 'GET', path }, `a commit of ${named(repository)}`)) !== null;
    },
  };
}

function writesOf(client: Client): Pick<Forge, 'addComment' | 'editComment' | 'setCommitStatus'> {
  return {
    addComment: async (repository, pull, body) => {
      const path = `${rest(repository)}/issues/${pull}/comments`;
      const what = `a comment on ${named(repository)}#${pull}`;
      const answer = await client.ask({ method: 'POST', path, body: { body } }, what);
      return commentOf(valueOf(answer, GiteaComment));
    },
    editComment: async (repository, id, body) => {
      const path = `${rest(repository)}/issues/comments/${id}`;
      const what = `an edit of our comment in ${named(repository)}`;
      const answer = await client.askIfThere({ method: 'PATCH', path, body: { body } }, what);
      return answer === null ? null : commentOf(valueOf(answer, GiteaComment));
    },
    setCommitStatus: async (repository, sha, { targetUrl, ...status }) => {
      const path = `${rest(repository)}/statuses/${segment(sha)}`;
      const body = { ...status, target_url: targetUrl ?? '' };
      await client.ask({ method: 'POST', path, body }, `a commit status in ${named(repository)}`);
    },
  };
}

function oldestFirst(items: readonly GiteaComment[]): ForgeComment[] {
  return items.map(commentOf).sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || a.id - b.id);
}

function commentOf(seen: GiteaComment): ForgeComment {
  const pull = /\/pulls\/(\d+)$/.exec(seen.pull_request_url ?? '')?.[1];
  return {
    id: seen.id,
    body: seen.body,
    author: seen.user,
    createdAt: seen.created_at,
    updatedAt: seen.updated_at,
    pull: pull === undefined ? null : Number(pull),
    url: seen.html_url,
  };
}

function pullOf({ head, base, ...seen }: GiteaPull): ForgePull {
  return {
    number: seen.number,
    title: seen.title,
    state: seen.state,
    isMerged: seen.merged,
    head: { sha: head.sha, branch: head.ref, cloneUrl: head.repo?.clone_url ?? null },
    base: { sha: base.sha, branch: base.ref },
    mergeBase: seen.merge_base ?? null,
    isMergeable: seen.mergeable ?? null,
    url: seen.html_url,
  };
}

/** The routes of Gitea's API that cc-ci may use, with the oddities that 1.26.0 was seen to have; any other is 404. */
import type { GiteaShapes } from './gitea-shapes.ts';
import type { Comment, GiteaState, Issue, Repository, Token } from './gitea-state.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** Null without a token that is known. */
  readonly token: Token | null;
  /** Who gave a right password. */
  readonly basic: string | null;
  readonly ignoresPage: boolean;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Context extends Asked {
  readonly state: GiteaState;
  readonly shapes: GiteaShapes;
  readonly login: string;
  /** Of the path, in order. */
  readonly parts: readonly string[];
}

interface Route {
  readonly method: string;
  readonly path: RegExp;
  /** One of them is needed; `write:` implies `read:`. '' for none, `basic` for a password. */
  readonly scope: string;
  readonly answer: (context: Context) => Answer;
}

const MOST = 50;
const fail = (context: Pick<Context, 'shapes'>, status: number, message: string): Answer => ({
  status,
  body: context.shapes.error(message),
});
const notFound = (context: Context): Answer => fail(context, 404, 'The target couldn’t be found.');

const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: /^\/version$/,
    scope: '',
    answer: () => ({ status: 200, body: { version: '1.26.0' } }),
  },
  {
    method: 'GET',
    path: /^\/user$/,
    scope: 'read:user',
    answer: ({ shapes, login }) => ({ status: 200, body: shapes.user(login) }),
  },
  { method: 'GET', path: /^\/orgs\/([^/]+)\/members\/([^/]+)$/, scope: 'read:organization', answer: member },
  { method: 'GET', path: /^\/repos\/issues\/search$/, scope: 'read:issue', answer: searched },
  {
    method: 'GET',
    path: /^\/repos\/([^/]+)\/([^/]+)$/,
    scope: 'read:repository',
    answer: (context) =>
      inRepository(context, (repository) => ({ status: 200, body: context.shapes.repository(repository) })),
  },
  {
    method: 'GET',
    path: /^\/repos\/([^/]+)\/([^/]+)\/issues\/comments$/,
    scope: 'read:issue',
    answer: (context) => inRepository(context, (repository) => repositoryComments(context, repository)),
  },
  {
    method: 'GET',
    path: /^\/repos\/([^/]+)\/([^/]+)\/issues\/comments\/(\d+)$/,
    scope: 'read:issue',
    answer: (context) =>
      withComment(context, (comment) => ({ status: 200, body: context.shapes.comment(comment) })),
  },
  {
    method: 'PATCH',
    path: /^\/repos\/([^/]+)\/([^/]+)\/issues\/comments\/(\d+)$/,
    scope: 'write:issue',
    answer: (context) => withComment(context, (comment) => edited(context, comment)),
  },
  {
    method: 'DELETE',
    path: /^\/repos\/([^/]+)\/([^/]+)\/issues\/comments\/(\d+)$/,
    scope: 'write:issue',
    answer: (context) =>
      withComment(context, ({ id }) => {
        context.state.removeComment(id);
        return { status: 204 };
      }),
  },
  {
    method: 'GET',
    path: /^\/repos\/([^/]+)\/([^/]+)\/issues\/(\d+)\/comments$/,
    scope: 'read:issue',
    answer: (context) => withIssue(context, (issue) => issueComments(context, issue)),
  },
  {
    method: 'POST',
    path: /^\/repos\/([^/]+)\/([^/]+)\/issues\/(\d+)\/comments$/,
    scope: 'write:issue',
    answer: (context) => withIssue(context, (issue) => commented(context, issue)),
  },
  {
    method: 'GET',
    path: /^\/repos\/([^/]+)\/([^/]+)\/pulls\/(\d+)$/,
    scope: 'read:repository',
    answer: (context) =>
      withIssue(context, (issue) =>
        issue.pull === null ? notFound(context) : { status: 200, body: context.shapes.pull(issue) },
      ),
  },
  {
    method: 'GET',
    path: /^\/repos\/([^/]+)\/([^/]+)\/git\/commits\/([^/]+)$/,
    scope: 'read:repository',
    answer: (context) =>
      inRepository(context, () => {
        const sha = context.parts[2] ?? '';
        return context.state.lacking.has(sha) ? notFound(context) : { status: 200, body: { sha } };
      }),
  },
  {
    method: 'POST',
    path: /^\/repos\/([^/]+)\/([^/]+)\/statuses\/([^/]+)$/,
    scope: 'write:repository',
    answer: (context) => inRepository(context, (repository) => statusSet(context, repository)),
  },
  {
    method: 'GET',
    path: /^\/repos\/([^/]+)\/([^/]+)\/commits\/([^/]+)\/statuses$/,
    scope: 'read:repository',
    answer: (context) =>
      inRepository(context, ({ statuses }) => {
        const found = statuses.filter(({ sha }) => sha === context.parts[2]).toReversed();
        return paged(
          context,
          found.map((each) => context.shapes.status(each)),
          MOST,
        );
      }),
  },
  { method: 'GET', path: /^\/users\/([^/]+)\/tokens$/, scope: 'basic', answer: tokensListed },
  { method: 'POST', path: /^\/users\/([^/]+)\/tokens$/, scope: 'basic', answer: tokenMade },
  { method: 'DELETE', path: /^\/users\/([^/]+)\/tokens\/([^/]+)$/, scope: 'basic', answer: tokenRemoved },
];

export function answerOf(asked: Asked, state: GiteaState, shapes: GiteaShapes): Answer {
  const route = ROUTES.find(({ method, path }) => method === asked.method && path.test(asked.path));
  if (route === undefined) return fail({ shapes }, 404, 'Not found.');
  const parts = (route.path.exec(asked.path) ?? []).slice(1).map(decodeURIComponent);
  const login = route.scope === 'basic' ? asked.basic : (asked.token?.login ?? null);
  const refusal = refusalOf(route.scope, login, asked.token?.scopes ?? []);
  if (refusal !== null) return fail({ shapes }, ...refusal);
  return route.answer({ ...asked, state, shapes, parts, login: login ?? '' });
}

function refusalOf(scope: string, login: string | null, scopes: readonly string[]): [number, string] | null {
  if (scope === '') return null;
  if (login === null) return [401, 'invalid username, password or token'];
  if (scope === 'basic' || allows(scopes, scope)) return null;
  const text = `token does not have at least one of required scope(s), required=[${scope}], token scope=${scopes.join(',')}`;
  return [403, text];
}

function allows(scopes: readonly string[], needed: string): boolean {
  return (
    scopes.includes(needed) || scopes.includes(needed.replace('read:', 'write:')) || scopes.includes('all')
  );
}

function inRepository(context: Context, then: (repository: Repository) => Answer): Answer {
  const [owner = '', name = ''] = context.parts;
  const found = context.state.repositories.get(`${owner}/${name}`.toLowerCase());
  return found === undefined ? notFound(context) : then(found);
}

function withIssue(context: Context, then: (issue: Issue) => Answer): Answer {
  return inRepository(context, ({ issues }) => {
    const found = issues.find(({ number }) => String(number) === context.parts[2]);
    return found === undefined ? notFound(context) : then(found);
  });
}

function withComment(context: Context, then: (comment: Comment) => Answer): Answer {
  return inRepository(context, (repository) => {
    const found = context.state.comments.find(({ id }) => String(id) === context.parts[2]);
    return found === undefined || found.issue.repository !== repository ? notFound(context) : then(found);
  });
}

function member(context: Context): Answer {
  const [organisation = '', user = ''] = context.parts;
  const members = context.state.organisations.get(organisation.toLowerCase());
  if (members === undefined) return notFound(context);
  const has = (login: string): boolean =>
    [...members].some((each) => each.toLowerCase() === login.toLowerCase());
  if (has(context.login)) return has(user) ? { status: 204 } : notFound(context);
  if (user.toLowerCase() === context.login.toLowerCase()) return notFound(context);
  return {
    status: 303,
    headers: { location: `/api/v1/orgs/${organisation}/public_members/${user}` },
  };
}

/** Null where it is no time with a zone. Fractions are cut. */
function sinceOf(query: URLSearchParams): Date | null {
  const text = query.get('since') ?? '1970-01-01T00:00:00Z';
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)) return null;
  return new Date(Math.floor(Date.parse(text) / 1000) * 1000);
}

function searched(context: Context): Answer {
  const { state, query } = context;
  const owner = query.get('owner')?.toLowerCase() ?? '';
  if (!state.organisations.has(owner) && !state.users.has(owner))
    return fail(context, 400, `Owner not found: user does not exist [uid: 0, name: ${owner}]`);
  const since = sinceOf(query);
  if (since === null) return fail(context, 422, 'parsing time: cannot parse');
  const wanted = query.get('state') ?? 'open';
  const found = [...state.repositories.values()]
    .filter((repository) => repository.owner.toLowerCase() === owner)
    .flatMap(({ issues }) => issues)
    .filter((issue) => (query.get('type') === 'pulls' ? issue.pull !== null : true))
    .filter((issue) => (wanted === 'all' || issue.state === wanted) && issue.updatedAt >= since)
    .sort((a, b) => Number(b.createdAt) - Number(a.createdAt) || b.id - a.id);
  return paged(
    context,
    found.map((issue) => context.shapes.found(issue)),
    Infinity,
  );
}

/** Whole seconds of `updated_at` count. */
const changedSince = (comments: readonly Comment[], since: Date): Comment[] =>
  comments
    .filter(({ updatedAt }) => Math.floor(Number(updatedAt) / 1000) >= Number(since) / 1000)
    .sort((a, b) => Number(a.createdAt) - Number(b.createdAt) || a.id - b.id);

function repositoryComments(context: Context, repository: Repository): Answer {
  const since = sinceOf(context.query);
  if (since === null) return fail(context, 422, 'parsing time: cannot parse');
  const own = context.state.comments.filter(({ issue }) => issue.repository === repository);
  const found = changedSince(own, since).map((each) => context.shapes.comment(each));
  return context.ignoresPage ? whole(found) : paged(context, found, MOST);
}

/** A server was seen that ignores `page` and `limit` here, and others honour them. */
function issueComments(context: Context, issue: Issue): Answer {
  const since = sinceOf(context.query);
  if (since === null) return fail(context, 422, 'parsing time: cannot parse');
  const own = context.state.comments.filter((each) => each.issue === issue);
  const found = changedSince(own, since).map((each) => context.shapes.comment(each));
  return context.ignoresPage ? whole(found) : paged(context, found, MOST);
}

const whole = (found: readonly object[]): Answer => ({
  status: 200,
  body: found,
  headers: { 'x-total-count': String(found.length) },
});

function paged({ query }: Context, found: readonly object[], most: number): Answer {
  const limit = Math.min(Number(query.get('limit') ?? 30), most);
  const page = Number(query.get('page') ?? 1);
  return { ...whole(found), body: found.slice((page - 1) * limit, page * limit) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function commented(context: Context, issue: Issue): Answer {
  if (issue.repository.archived) return fail(context, 423, 'Repo is archived');
  const body = textOf(context.body['body']);
  if (body === '') return fail(context, 422, '[Body]: Required');
  return { status: 201, body: context.shapes.comment(context.state.addComment(issue, context.login, body)) };
}

function edited(context: Context, comment: Comment): Answer {
  if (comment.author !== context.login)
    return fail(context, 403, 'user should be the author of the comment, or an admin of the repository');
  context.state.editComment(comment.id, textOf(context.body['body']));
  return { status: 200, body: context.shapes.comment(comment) };
}

function statusSet(context: Context, { statuses }: Repository): Answer {
  const { state, login, body } = context;
  if (state.writers !== null && !state.writers.has(login))
    return fail(context, 403, 'user should have a permission to write to a repo');
  // As measured: it fails on the server's side.
  if (state.lacking.has(context.parts[2] ?? '')) return fail(context, 500, 'object does not exist');
  const status = {
    id: state.newId(),
    sha: context.parts[2] ?? '',
    context: textOf(body['context']),
    status: textOf(body['state']),
    description: textOf(body['description']),
    target_url: textOf(body['target_url']),
    creator: login,
  };
  statuses.push(status);
  return { status: 201, body: context.shapes.status(status) };
}

// ---------------------------------------------------------------- tokens: with a password, for oneself

function ownTokens(context: Context): Token[] | null {
  const own = context.parts[0]?.toLowerCase() === context.login.toLowerCase();
  return own ? context.state.tokens.filter(({ login }) => login === context.login) : null;
}

function tokensListed(context: Context): Answer {
  const own = ownTokens(context);
  if (own === null) return fail(context, 403, 'user should be the owner');
  return paged(
    context,
    own.map(({ id, name, scopes }) => ({ id, name, scopes, sha1: '' })),
    MOST,
  );
}

function tokenMade(context: Context): Answer {
  const own = ownTokens(context);
  if (own === null) return fail(context, 403, 'user should be the owner');
  const name = textOf(context.body['name']);
  if (own.some((each) => each.name === name))
    return fail(context, 400, 'access token name has been used already');
  const scopes = Array.isArray(context.body['scopes']) ? context.body['scopes'].map(String) : [];
  const { id, text } = context.state.addToken(context.login, scopes, name);
  return { status: 201, body: { id, name, scopes, sha1: text, token_last_eight: text.slice(-8) } };
}

function tokenRemoved(context: Context): Answer {
  const gone = ownTokens(context)?.find((each) => each.name === context.parts[1]);
  if (gone === undefined) return notFound(context);
  context.state.revoke(gone.text);
  return { status: 204 };
}

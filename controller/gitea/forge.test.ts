import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shaOf } from '../../tests/stand-ins/gitea-state.ts';
import { StandInGitea } from '../../tests/stand-ins/gitea.ts';
import type { Forge } from '../forge.ts';
import { isFailure, Terminal, Waiting } from '../runtime/errors.ts';
import { giteaForge } from './forge.ts';

const FULL = 'coop/ghost';
const GHOST = { owner: 'coop', name: 'ghost' };
const LONG_AGO = new Date('2020-01-01T00:00:00Z');

let gitea: StandInGitea;
let forge: Forge;

beforeEach(async () => {
  gitea = await StandInGitea.start();
  const { state } = gitea;
  state.addOrganisation('coop', ['bot', 'ada']);
  state.addUser('eve');
  state.addRepository('coop', 'ghost');
  forge = forgeWith(state.addToken('bot').text);
});

afterEach(() => gitea.stop());

const forgeWith = (token: string, more: object = {}): Forge =>
  giteaForge({
    url: gitea.url,
    credentials: { token: { value: token } },
    tokenName: 'cc-ci-test',
    clock: { now: () => gitea.state.now },
    ...more,
  });

const paths = (): string[] => gitea.requests.map(({ method, path }) => `${method} ${path}`);
const failure = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.fail('it was answered'),
    (error: unknown) => error,
  );

it('that is asked no more because the process ends has not failed', async () => {
  const stop = new AbortController();
  const asked = forgeWith(gitea.state.addToken('bot').text, { signal: stop.signal }).pull(GHOST, 1);
  stop.abort();
  const error = await failure(asked);
  expect(error).toMatchObject({ name: 'Stopping' });
  expect(isFailure(error)).toBe(false);
});

describe('what is read', () => {
  it('is a pull request of a branch', async () => {
    const { number } = gitea.state.openPull(FULL, { sha: shaOf(7), branch: 'fix', title: '<b>Fix</b>' });
    expect(await forge.pull(GHOST, number)).toEqual({
      number: 1,
      title: '<b>Fix</b>',
      state: 'open',
      isMerged: false,
      head: { sha: shaOf(7), branch: 'fix', cloneUrl: `${gitea.url}/coop/ghost.git` },
      base: { sha: shaOf(0), branch: 'main' },
      mergeBase: shaOf(0),
      isMergeable: true,
      url: `${gitea.url}/coop/ghost/pulls/1`,
    });
    expect(await forge.pull(GHOST, 99)).toBeNull();
  });

  it('is a pull request of a fork, also when that is gone', async () => {
    gitea.state.openPull(FULL, { from: 'eve', branch: 'mine' });
    expect((await forge.pull(GHOST, 1))?.head.cloneUrl).toBe(`${gitea.url}/eve/ghost.git`);
    gitea.state.removeFork('eve/ghost');
    expect((await forge.pull(GHOST, 1))?.head).toEqual({
      sha: shaOf(1),
      branch: 'refs/pull/1/head',
      cloneUrl: null,
    });
  });

  it('is who belongs to the organisation', async () => {
    expect(await forge.me()).toBe('bot');
    expect(await forge.membership('coop', 'Ada')).toBe('yes');
    expect(await forge.membership('coop', 'eve')).toBe('no');
    await forge.me();
    expect(paths().filter((path) => path === 'GET /user').length).toBe(1);
  });

  it('is one comment, and whether it stands under a pull request', async () => {
    const { state } = gitea;
    const under = state.addComment(state.openPull(FULL), 'ada', '!testme');
    const beside = state.addComment(state.openIssue(FULL), 'ada', '!testme');
    expect(await forge.comment(GHOST, under.id)).toEqual({
      id: under.id,
      body: '!testme',
      author: 'ada',
      createdAt: state.now,
      updatedAt: state.now,
      pull: 1,
      url: `${gitea.url}/coop/ghost/pulls/1#issuecomment-${under.id}`,
    });
    expect((await forge.comment(GHOST, beside.id))?.pull).toBeNull();
    expect(await forge.comment(GHOST, 4711)).toBeNull();
    state.addRepository('coop', 'other');
    expect(await forge.comment({ owner: 'coop', name: 'other' }, under.id)).toBeNull();
  });

  it('is what changed, of all repositories of an owner in one request when nothing did', async () => {
    const { state } = gitea;
    state.openPull(FULL);
    state.advance(60_000);
    const { pulls, now } = await forge.changedPulls('coop', LONG_AGO);
    expect(pulls).toEqual([{ owner: 'coop', name: 'ghost', number: 1 }]);
    expect(now).toEqual(state.now);
    gitea.forget();
    expect((await forge.changedPulls('coop', now)).pulls).toEqual([]);
    expect(paths().length).toBe(1);
    state.setState(state.issue(FULL, 1), 'closed');
    expect((await forge.changedPulls('coop', now)).pulls.length).toBe(1);
  });

  it('is every one of many changes', async () => {
    for (let each = 0; each < 120; each++) gitea.state.openPull(FULL);
    const { pulls } = await forge.changedPulls('coop', LONG_AGO);
    expect(new Set(pulls.map(({ number }) => number)).size).toBe(120);
    expect(paths().length).toBe(3);
  });
});

describe.each([
  { because: 'a server that honours `page`', ignoresPage: false },
  { because: 'a server that ignores `page`', ignoresPage: true },
])('300 comments on $because', ({ ignoresPage }) => {
  it('are read once each, oldest first, and the reading ends', async () => {
    const { state } = gitea;
    gitea.ignoresPage = ignoresPage;
    const issue = state.openPull(FULL);
    for (let each = 1; each <= 300; each++) {
      state.addComment(issue, 'eve', `comment ${each}`);
      state.advance(1_000);
    }
    const want = Array.from({ length: 300 }, (_, index) => `comment ${index + 1}`);
    expect((await forge.comments(GHOST, 1)).map(({ body }) => body)).toEqual(want);
    const { comments } = await forge.commentsSince(GHOST, LONG_AGO);
    expect(comments.map(({ body }) => body)).toEqual(want);
    expect(paths().length).toBeLessThanOrEqual(12);
  });

  it('do not keep a count that is wrong from ending it', async () => {
    gitea.ignoresPage = ignoresPage;
    const issue = gitea.state.openPull(FULL);
    for (let each = 1; each <= 120; each++) gitea.state.addComment(issue, 'eve', `comment ${each}`);
    const without = giteaForge({
      url: gitea.url,
      credentials: { token: { value: gitea.state.addToken('bot').text } },
      tokenName: 'cc-ci-test',
      clock: { now: () => gitea.state.now },
      fetch: async (...args) => {
        const answer = await fetch(...args);
        const headers = new Headers(answer.headers);
        headers.delete('x-total-count');
        return new Response(answer.body, { status: answer.status, headers });
      },
    });
    expect((await without.comments(GHOST, 1)).length).toBe(120);
  });
});

it('lets no stranger’s text, however long, keep other comments unread', async () => {
  const { state } = gitea;
  const issue = state.openPull(FULL);
  state.addComment(issue, 'ada', 'before');
  state.addComment(issue, 'eve', 'x'.repeat(17 * 1024 * 1024));
  state.addComment(issue, 'ada', '!testme');
  const { comments } = await forge.commentsSince(GHOST, LONG_AGO);
  expect(comments.map(({ body }) => body)).toEqual(['before', '!testme']);
});

describe('what is said', () => {
  it('is a comment, its edit and a status', async () => {
    const { state } = gitea;
    state.openPull(FULL);
    const { id, author } = await forge.addComment(GHOST, 1, 'one');
    expect(author).toBe('bot');
    await forge.editComment(GHOST, id, 'two');
    expect(state.comments.map(({ body }) => body)).toEqual(['two']);
    expect(await forge.editComment(GHOST, 4711, 'two')).toBeNull();
    const status = { context: 'cc-ci/testme', state: 'pending', description: 'Waits.' } as const;
    await forge.setCommitStatus(GHOST, shaOf(1), { ...status, targetUrl: null });
    expect(state.repository(FULL).statuses).toMatchObject([
      { sha: shaOf(1), context: 'cc-ci/testme', status: 'pending', target_url: '' },
    ]);
  });

  it('is refused where the bot may not', async () => {
    gitea.state.writers = new Set();
    const status = { context: 'c', state: 'error', description: '', targetUrl: null } as const;
    const error = await failure(forge.setCommitStatus(GHOST, shaOf(1), status));
    expect(error).toMatchObject({ reason: 'ForgeForbidden' });
    expect(String(error)).toContain('user should have a permission to write to a repo');
  });
});

describe('what goes wrong', () => {
  it.each([
    { because: 'a person must give another token', status: 401, reason: 'ForgeUnauthorized' },
    { because: 'a person must give the token a scope', status: 403, reason: 'ForgeForbidden' },
    { because: 'the repository is not there', status: 404, reason: 'ForgeRejected' },
    { because: 'what was asked is wrong', status: 422, reason: 'ForgeRejected' },
    { because: 'it is archived', status: 423, reason: 'ForgeRejected' },
    { because: 'it was renamed, and a token is not carried elsewhere', status: 301, reason: 'ForgeRejected' },
    { because: 'it was renamed, and a token is not carried elsewhere', status: 307, reason: 'ForgeRejected' },
  ])('$status is for a person: $because', async ({ status, reason }) => {
    const headers = { location: `${gitea.url}/api/v1/version` };
    gitea.fault(/./, { do: 'answer', status, headers, body: '{"message":"no\\n\\u001b[31m \\"way"}' });
    const error = await failure(forge.commentsSince(GHOST, LONG_AGO));
    expect(error).toBeInstanceOf(Terminal);
    expect(error).toMatchObject({ reason });
    expect(String(error)).toContain(`comments of coop/ghost: Gitea answered ${status} ("no [31m way").`);
    expect(paths().some((path) => path.includes('/version'))).toBe(false);
  });

  it.each([
    { because: 'the server is ill', fault: { do: 'answer', status: 500 }, says: /answered 500/ },
    { because: 'the server is not there', fault: { do: 'close' }, says: /did not answer: .+/ },
    { because: 'nothing comes', fault: { do: 'hang' }, says: /nothing came within 0\.2 s/ },
    { because: 'a proxy answers', fault: { do: 'answer', status: 200, body: '<html>' }, says: /not JSON/ },
    { because: 'a proxy answers', fault: { do: 'answer', status: 200, body: '{}' }, says: /another shape/ },
    {
      because: 'a shape is not Gitea’s',
      fault: { do: 'answer', status: 200, body: '[{"id":1}]' },
      says: /another shape: 0\./,
    },
  ] as const)('is tried again: $because', async ({ fault, says }) => {
    gitea.fault(/./, fault);
    const impatient = forgeWith(gitea.state.addToken('bot').text, { timeoutMs: 200 });
    const error = await failure(impatient.commentsSince(GHOST, LONG_AGO));
    expect(error).not.toBeInstanceOf(Terminal);
    expect(error).not.toBeInstanceOf(Waiting);
    expect(String(error)).toMatch(says);
  });

  it.each([
    { after: '7', ms: 7_000 },
    { after: '0', ms: 1_000 },
    { after: '999999', ms: 600_000 },
    { after: 'soon', ms: 60_000 },
  ])('429 waits, within bounds: $after', async ({ after, ms }) => {
    gitea.fault(/./, { do: 'answer', status: 429, headers: { 'retry-after': after } });
    for (const promise of [forge.commentsSince(GHOST, LONG_AGO), forge.membership('coop', 'ada')])
      expect(await failure(promise)).toMatchObject({ name: 'Waiting', ms });
  });

  it('bounds the answer for one thing', async () => {
    const { state } = gitea;
    const { id } = state.addComment(state.openPull(FULL), 'eve', 'x'.repeat(3 * 1024 * 1024));
    expect(String(await failure(forge.comment(GHOST, id)))).toContain('more than 2 MiB');
  });

  it.each(['..', '.', ''])('asks for nothing whose name is "%s"', async (name) => {
    expect(await failure(forge.pull({ owner: 'coop', name }, 1))).toBeInstanceOf(RangeError);
    expect(gitea.requests).toEqual([]);
  });
});

describe('a member', () => {
  it.each([
    { because: 'the token is bad', fault: { do: 'answer', status: 401 } },
    { because: 'a scope is missing', fault: { do: 'answer', status: 403 } },
    { because: 'the server is ill', fault: { do: 'answer', status: 500 } },
    { because: 'the answer is odd', fault: { do: 'answer', status: 200, body: '{}' } },
    { because: 'it leads elsewhere', fault: { do: 'answer', status: 302 } },
    { because: 'nothing comes', fault: { do: 'hang' } },
    { because: 'the connection ends', fault: { do: 'close' } },
  ] as const)('is not told from others: $because', async ({ fault }) => {
    gitea.fault(/members/, fault);
    const impatient = forgeWith(gitea.state.addToken('bot').text, { timeoutMs: 200 });
    expect(await impatient.membership('coop', 'ada')).toEqual({ cannotTell: expect.any(String) });
  });

  it('is not told by a bot that is none, and the redirect is not followed', async () => {
    const outside = forgeWith(gitea.state.addToken('eve').text);
    expect(await outside.membership('coop', 'ada')).toEqual({
      cannotTell: expect.stringContaining('no member of coop itself. Make it one.'),
    });
    expect(paths()).toEqual(['GET /orgs/coop/members/ada']);
  });
});

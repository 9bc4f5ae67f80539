/** Who may do what: members and strangers, and what the bot's team and token have to allow. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Api, makeApi, type Method } from './api.ts';
import * as pulls from './pull-requests.ts';
import { Team } from './schema.ts';
import { ADMIN } from './people.ts';
import { ADA, BOT, BOT_SCOPES, EVE, makeWorld, ORG, type World } from './world.ts';

let world: World;
let opened: pulls.Opened;
let sha: string;

beforeAll(async () => {
  world = await makeWorld();
  opened = await pulls.openPullRequest(world, {
    repository: await world.addRecipe('tiny-web'),
    branch: 'more',
  });
  sha = (await pulls.pullRequest(world, opened)).head.sha;
});
afterAll(() => world.stop());

describe('whether somebody is a member', () => {
  it.each([
    { because: 'is told a member, also of a private membership', asks: BOT, of: ADA, status: 204 },
    { because: 'is told a member, of who is none', asks: BOT, of: EVE, status: 404 },
    { because: 'is told a member, of who does not exist', asks: BOT, of: 'nobody-at-all', status: 404 },
    {
      because: 'is not told a stranger: a redirection to the public members',
      asks: EVE,
      of: ADA,
      status: 303,
    },
    { because: 'is told a stranger of themselves', asks: EVE, of: EVE, status: 404 },
    { because: 'is not told who has no token', asks: null, of: ADA, status: 401 },
  ])('$because', async ({ asks, of, status }) => {
    expect((await world.as(asks).ask('GET', `/orgs/${ORG}/members/${of}`)).status).toBe(status);
  });

  it('changes as they come and go', async () => {
    const isMember = async () => (await world.as(BOT).ask('GET', `/orgs/${ORG}/members/grace`)).status;
    await world.addPerson('grace');
    expect(await isMember()).toBe(404);
    await world.addMember('grace');
    expect(await isMember()).toBe(204);
    await world.removeMember('grace');
    expect(await isMember()).toBe(404);
  });
});

/** What the bot does, and how it is answered. */
async function deeds(api: Api): Promise<Record<string, number>> {
  const { repository, number } = opened;
  const comments = `/repos/${repository}/issues/comments`;
  const theirs = await pulls.comment(world, opened, { by: EVE, body: 'Words of eve.' });
  const status = async (method: Method, path: string, body?: object) =>
    (await api.ask(method, path, body)).status;
  const made = await api.ask('POST', `/repos/${repository}/issues/${number}/comments`, { body: 'Mine.' });
  const own = z.object({ id: z.number() }).safeParse(made.body).data?.id ?? theirs.id;
  return {
    comment: made.status,
    editOwn: await status('PATCH', `${comments}/${own}`, { body: 'Mine, edited.' }),
    editOthers: await status('PATCH', `${comments}/${theirs.id}`, { body: 'Not mine.' }),
    react: await status('POST', `${comments}/${theirs.id}/reactions`, { content: 'eyes' }),
    status: await status('POST', `/repos/${repository}/statuses/${sha}`, { state: 'pending', context: 'ci' }),
    member: await status('GET', `/orgs/${ORG}/members/${ADA}`),
    pull: await status('GET', `/repos/${repository}/pulls/${number}`),
    search: await status('GET', `/repos/issues/search?owner=${ORG}&type=pulls`),
  };
}

const ALL_ARE_READ = { pull: 200, search: 200 };

describe('the bot’s team', () => {
  let helper = 0;
  /** Somebody with a team of their own, so that no row sees the rights of another. */
  async function somebodyWith(units: Readonly<Record<string, string>> | null): Promise<string> {
    const login = `helper-${(helper += 1)}`;
    await world.addPerson(login);
    if (units === null) return login;
    const team = { name: login, permission: 'read', includes_all_repositories: true, units_map: units };
    const { id } = Team.parse(await world.as(ADMIN).must('POST', `/orgs/${ORG}/teams`, team));
    await world.as(ADMIN).must('PUT', `/teams/${id}/members/${login}`);
    return login;
  }

  it.each([
    {
      because: 'is not needed to comment on what is public, but to know who is a member',
      units: null,
      want: { comment: 201, editOwn: 200, editOthers: 403, react: 201, status: 403, member: 303 },
    },
    {
      because: 'may comment with read alone, and write no status',
      units: { 'repo.code': 'read', 'repo.issues': 'read', 'repo.pulls': 'read' },
      want: { comment: 201, editOwn: 200, editOthers: 403, react: 201, status: 403, member: 204 },
    },
    {
      because: 'may edit what others wrote with write on pull requests, and still write no status',
      units: { 'repo.code': 'read', 'repo.issues': 'write', 'repo.pulls': 'write' },
      want: { comment: 201, editOwn: 200, editOthers: 200, react: 201, status: 403, member: 204 },
    },
    {
      because: 'may write statuses with write on code, and needs no more',
      units: { 'repo.code': 'write', 'repo.issues': 'read', 'repo.pulls': 'read' },
      want: { comment: 201, editOwn: 200, editOthers: 403, react: 201, status: 201, member: 204 },
    },
  ])('$because', async ({ units, want }) => {
    const login = await somebodyWith(units);
    expect(await deeds(world.as(login))).toEqual({ ...want, ...ALL_ARE_READ });
  });

  it('may not speak in a conversation that is locked, unless it may write pull requests', async () => {
    const { repository, number } = opened;
    const lock = `/repos/${repository}/issues/${number}/lock`;
    const comment = `/repos/${repository}/issues/${number}/comments`;
    await world.as(ADMIN).must('PUT', lock, { lock_reason: 'spam' });
    expect((await world.as(BOT).ask('POST', comment, { body: 'Words.' })).status).toBe(403);
    expect((await world.as(ADA).ask('POST', comment, { body: 'Words.' })).status).toBe(201);
    await world.as(ADMIN).must('DELETE', lock);
  });
});

describe('the bot’s token', () => {
  const WELL = { comment: 201, editOwn: 200, editOthers: 403, react: 201, status: 201, member: 204 };
  it.each([
    { because: 'does all with the scopes that it has', without: '', want: {} },
    {
      because: 'needs the one of issues to speak and to search, also where it is all pull requests',
      without: 'write:issue',
      want: { comment: 403, editOwn: 403, react: 403, search: 403 },
    },
    {
      because: 'needs the one of repositories for pull requests and statuses',
      without: 'write:repository',
      want: { status: 403, pull: 403 },
    },
    {
      because: 'needs the one of organisations for members',
      without: 'read:organization',
      want: { member: 403 },
    },
    { because: 'needs the one of users only to know its own name', without: 'read:user', want: {} },
  ])('$because', async ({ without, want }) => {
    const token = await world.newToken(
      BOT,
      BOT_SCOPES.filter((scope) => scope !== without),
    );
    const api = makeApi(world.server, `token ${token}`);
    expect(await deeds(api)).toEqual({ ...WELL, ...ALL_ARE_READ, ...want });
    expect((await api.ask('GET', '/user')).status).toBe(without === 'read:user' ? 403 : 200);
  });

  it('is refused with 401 if it is unknown, and with 403 if it lacks a scope', async () => {
    const unknown = await makeApi(world.server, `token ${'0'.repeat(40)}`).ask('GET', '/user');
    expect(unknown).toMatchObject({ status: 401, body: { message: 'invalid username, password or token' } });
    const narrow = makeApi(world.server, `token ${await world.newToken(BOT, ['read:user'])}`);
    const { status, body } = await narrow.ask('GET', `/orgs/${ORG}/members/${ADA}`);
    expect(status).toBe(403);
    expect(JSON.stringify(body)).toContain('required=[read:organization]');
  });
});

describe('a commit status', () => {
  const path = (of: string) => `/repos/${opened.repository}/statuses/${of}`;
  beforeEach(async () => {
    sha = await pulls.pushTo(world, opened);
  });

  it('is kept beside older ones of its context, and the newest counts', async () => {
    for (const state of ['pending', 'failure', 'success'])
      await world
        .as(BOT)
        .must('POST', path(sha), { state, context: 'ci', description: state, target_url: 'http://x/' });
    const all = await pulls.statuses(world, opened.repository, sha);
    expect(all.map(({ status }) => status)).toEqual(['pending', 'failure', 'success']);
    expect(all[2]).toMatchObject({ context: 'ci', description: 'success', target_url: 'http://x/' });
    const combined = await world.as(BOT).must('GET', `/repos/${opened.repository}/commits/${sha}/status`);
    expect(combined).toMatchObject({ state: 'success', total_count: 1, statuses: [{ status: 'success' }] });
  });

  it('is taken in any state, so that a misspelt one is nobody’s error but ours', async () => {
    expect((await world.as(BOT).ask('POST', path(sha), { state: 'bogus', context: 'ci' })).status).toBe(201);
  });

  it('of a commit that the repository lacks fails on the server’s side', async () => {
    expect(
      (await world.as(BOT).ask('POST', path('1'.repeat(40)), { state: 'error', context: 'ci' })).status,
    ).toBe(500);
  });
});

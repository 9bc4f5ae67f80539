/** How to learn, by asking seldom, that somebody wrote a comment on a pull request of any of the recipes. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import * as pulls from './pull-requests.ts';
import { Comment, FoundIssue } from './schema.ts';
import { LONG_AGO, makeAllOld, plusSeconds } from './times.ts';
import { ADA, BOT, EVE, makeWorld, ORG, SETTLE_MS, type World } from './world.ts';

let world: World;
let branch: pulls.Opened;
let fork: pulls.Opened;
let other: pulls.Opened;

beforeAll(async () => {
  world = await makeWorld();
  const [tiny, custom] = [await world.addRecipe('tiny-web'), await world.addRecipe('custom-html')];
  branch = await pulls.openPullRequest(world, { repository: tiny, branch: 'more' });
  fork = await pulls.openFromFork(world, { repository: tiny, branch: 'from-outside' });
  other = await pulls.openPullRequest(world, { repository: custom, branch: 'more' });
});
afterAll(() => world.stop());

/** What one request tells of all repositories of the organisation. */
async function search(query: string): Promise<FoundIssue[]> {
  const path = `/repos/issues/search?owner=${ORG}&type=pulls&${query}`;
  return z.array(FoundIssue).parse(await world.as(BOT).must('GET', path));
}
const nameOf = ({ repository, number }: FoundIssue): string => `${repository.full_name}#${number}`;
const named = ({ repository, number }: pulls.Opened): string => `${repository}#${number}`;
/** Everything that changed since all was made old. */
const changed = async (): Promise<string[]> =>
  (await search(`state=all&since=${plusSeconds(LONG_AGO.toISOString(), 1)}`)).map(nameOf);
const say = (by: string, body = 'Some words.'): Promise<Comment> => pulls.comment(world, fork, { by, body });
const commentsOf = async (path: string): Promise<Comment[]> =>
  z.array(Comment).parse(await world.as(BOT).must('GET', path));

describe('one search of all repositories', () => {
  it('finds every open pull request, the newest first, whatever was touched last', async () => {
    await say(EVE);
    expect((await search('state=open')).map(nameOf)).toEqual([other, fork, branch].map(named));
  });

  it('finds only what changed since a time, that second included', async () => {
    makeAllOld(world.server);
    await say(EVE);
    const [found, ...rest] = await search(`state=all&since=${plusSeconds(LONG_AGO.toISOString(), 1)}`);
    expect(rest).toEqual([]);
    const at = found?.updated_at ?? '';
    expect((await search(`state=all&since=${plusSeconds(at, 0)}`)).map(nameOf)).toEqual([named(fork)]);
    expect(await search(`state=all&since=${plusSeconds(at, 1)}`)).toEqual([]);
  });

  it('is paged, the last page is followed by an empty one, and the count is of all', async () => {
    const page = async (number: number) =>
      world
        .as(BOT)
        .ask('GET', `/repos/issues/search?owner=${ORG}&type=pulls&state=all&limit=2&page=${number}`);
    const answers = [await page(1), await page(2), await page(3)];
    expect(answers.map(({ body }) => z.array(FoundIssue).parse(body).length)).toEqual([2, 1, 0]);
    expect(answers.map(({ headers }) => headers.get('x-total-count'))).toEqual(['3', '3', '3']);
  });

  it('is answered in full every time: there are no conditional requests', async () => {
    const { headers } = await world.as(BOT).ask('GET', `/repos/issues/search?owner=${ORG}&type=pulls`);
    expect([headers.get('etag'), headers.get('last-modified')]).toEqual([null, null]);
  });
});

describe('a pull request is found again after', () => {
  const pull = (): string => `/repos/${fork.repository}/pulls/${fork.number}`;
  it.each<{ because: string; deed: () => Promise<unknown> }>([
    { because: 'a comment of a stranger', deed: () => say(EVE) },
    { because: 'a comment of the bot itself', deed: () => say(BOT) },
    { because: 'a push', deed: () => pulls.pushTo(world, fork) },
    { because: 'a forced push', deed: () => pulls.forcePushTo(world, fork) },
    { because: 'a new title', deed: () => world.as(EVE).must('PATCH', pull(), { title: 'Another' }) },
    {
      because: 'a review, whose words are no comment',
      deed: () => world.as(ADA).must('POST', `${pull()}/reviews`, { body: 'Fine.', event: 'COMMENT' }),
    },
    { because: 'its end', deed: () => world.as(EVE).must('PATCH', pull(), { state: 'closed' }) },
    { because: 'its second beginning', deed: () => world.as(EVE).must('PATCH', pull(), { state: 'open' }) },
  ])('$because', async ({ deed }) => {
    makeAllOld(world.server);
    await deed();
    await expect.poll(changed, { timeout: SETTLE_MS }).toEqual([named(fork)]);
  });

  it.each<{ because: string; deed: (own: Comment) => Promise<unknown> }>([
    {
      because: 'not after a comment was edited: a command that is written into an old comment is not seen',
      deed: ({ id }) =>
        world.as(BOT).must('PATCH', `/repos/${fork.repository}/issues/comments/${id}`, { body: 'No.' }),
    },
    {
      because: 'not after a comment was deleted',
      deed: ({ id }) => world.as(BOT).must('DELETE', `/repos/${fork.repository}/issues/comments/${id}`),
    },
    {
      because: 'not after a reaction',
      deed: ({ id }) =>
        world
          .as(BOT)
          .must('POST', `/repos/${fork.repository}/issues/comments/${id}/reactions`, { content: 'eyes' }),
    },
    {
      because: 'not after a commit status',
      deed: async () => {
        const { sha } = (await pulls.pullRequest(world, fork)).head;
        await world
          .as(BOT)
          .must('POST', `/repos/${fork.repository}/statuses/${sha}`, { state: 'pending', context: 'ci' });
      },
    },
  ])('$because', async ({ deed }) => {
    const own = await say(BOT);
    makeAllOld(world.server);
    await deed(own);
    expect(await changed()).toEqual([]);
  });

  it('a merge, which is an end too', async () => {
    const path = `${pull()}/merge`;
    // Whether it can be merged is found out in the background.
    const merge = async (): Promise<number> =>
      (await world.as(ADA).ask('POST', path, { Do: 'merge' })).status;
    makeAllOld(world.server);
    await expect.poll(merge, { timeout: SETTLE_MS }).toBe(200);
    const merged = { number: fork.number, state: 'closed', pull_request: { merged: true } };
    expect(await search(`state=all&since=${plusSeconds(LONG_AGO.toISOString(), 1)}`)).toMatchObject([merged]);
  });

  it('its end only where closed ones are asked for too', async () => {
    await pulls.closePullRequest(world, other);
    expect((await search('state=open')).map(nameOf)).not.toContain(named(other));
    expect(await search('state=all')).toContainEqual(
      expect.objectContaining({ number: other.number, state: 'closed' }),
    );
  });
});

describe('comments', () => {
  beforeAll(async () => {
    for (let number = 1; number <= 60; number += 1)
      await pulls.comment(world, branch, { by: number % 2 === 0 ? EVE : ADA, body: `${number}` });
  });
  const of = ({ repository, number }: pulls.Opened): string =>
    `/repos/${repository}/issues/${number}/comments`;
  const ofAll = ({ repository }: pulls.Opened): string => `/repos/${repository}/issues/comments`;

  it('of one pull request come all at once and oldest first, whatever page is asked for', async () => {
    const bodies = (await commentsOf(`${of(branch)}?page=2&limit=10`)).map(({ body }) => body);
    expect(bodies).toEqual(Array.from({ length: 60 }, (_, index) => `${index + 1}`));
  });

  it('of a repository come oldest first, 30 a page or at most 50, with the count of all and no link', async () => {
    expect(await commentsOf(ofAll(branch))).toHaveLength(30);
    const { headers, body } = await world.as(BOT).ask('GET', `${ofAll(branch)}?limit=200`);
    expect(body).toHaveLength(50);
    expect(headers.get('link')).toBeNull();
    const rest = await commentsOf(`${ofAll(branch)}?limit=50&page=2`);
    expect(50 + rest.length).toBe(Number(headers.get('x-total-count')));
    expect(await commentsOf(`${ofAll(branch)}?limit=50&page=3`)).toEqual([]);
  });

  it('come again once they were edited, in their old place, and since a time means that second too', async () => {
    const [first] = await commentsOf(of(branch));
    makeAllOld(world.server);
    await world.as(ADA).must('PATCH', `${ofAll(branch)}/${first?.id}`, { body: '1, edited' });
    const late = await pulls.comment(world, branch, { by: EVE, body: 'late' });
    const since = `since=${plusSeconds(LONG_AGO.toISOString(), 1)}`;
    const bodies = async (path: string) => (await commentsOf(path)).map(({ body }) => body);
    expect(await bodies(`${of(branch)}?${since}`)).toEqual(['1, edited', 'late']);
    expect(await bodies(`${ofAll(branch)}?${since}`)).toEqual(['1, edited', 'late']);
    expect(await bodies(`${of(branch)}?since=${plusSeconds(late.updated_at, 0)}`)).toContain('late');
    expect(await bodies(`${of(branch)}?since=${plusSeconds(late.updated_at, 1)}`)).toEqual([]);
  });

  it('are not what somebody wrote with a review', async () => {
    const review = { body: 'Of a review.', event: 'COMMENT' };
    await world.as(EVE).must('POST', `/repos/${branch.repository}/pulls/${branch.number}/reviews`, review);
    expect((await commentsOf(of(branch))).map(({ body }) => body)).not.toContain('Of a review.');
  });
});

describe('the feed of the organisation', () => {
  it('is no way to learn of comments: it lacks those of people who hide what they do', async () => {
    // It is ordered by whole seconds, and those of one second by nothing: a short page may lack the newest.
    const feed = async () =>
      JSON.stringify(await world.as(BOT).must('GET', `/orgs/${ORG}/activities/feeds?limit=50`));
    await pulls.comment(world, branch, { by: EVE, body: 'told by all' });
    await vi.waitFor(async () => expect(await feed()).toContain('told by all'), { timeout: 60_000 });
    await world.as(EVE).must('PATCH', '/user/settings', { hide_activity: true });
    await pulls.comment(world, branch, { by: EVE, body: 'kept quiet' });
    await pulls.comment(world, branch, { by: ADA, body: 'told after it' });
    await vi.waitFor(async () => expect(await feed()).toContain('told after it'), { timeout: 60_000 });
    expect(await feed()).not.toContain('kept quiet');
    expect(await pulls.comments(world, branch)).toContainEqual(
      expect.objectContaining({ body: 'kept quiet' }),
    );
  });
});

/** Pull requests as the API shows them: from branches and forks, pushed to, and deleted. */
import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gitOf } from '../sandbox/repos.ts';
import * as pulls from './pull-requests.ts';
import { ADMIN } from './people.ts';
import { ADA, BOT, EVE, makeWorld, ORG, SETTLE_MS, type World } from './world.ts';

let world: World;
let repository: string;

beforeAll(async () => {
  world = await makeWorld();
  repository = await world.addRecipe('tiny-web');
});
afterAll(() => world.stop());

/** What a clone of the recipe gets where it asks for `ref`. */
async function fetched(ref: string): Promise<string> {
  const dir = join(world.work, 'reader');
  await mkdir(dir, { recursive: true });
  await gitOf(dir, ['init', '-q']);
  await gitOf(dir, ['fetch', '-q', `${world.server.url}/${repository}.git`, ref]);
  return gitOf(dir, ['rev-parse', 'FETCH_HEAD']);
}

describe('a pull request', () => {
  it('from a branch has the same repository on both sides', async () => {
    const opened = await pulls.openPullRequest(world, { repository, branch: 'own' });
    const { head, base, user } = await pulls.pullRequest(world, opened);
    expect([head.ref, base.ref, user.login]).toEqual(['own', 'main', ADA]);
    expect([head.repo?.full_name, base.repo?.full_name]).toEqual([repository, repository]);
    expect(await fetched(`refs/pull/${opened.number}/head`)).toBe(head.sha);
  });

  it('from a fork has the fork as its head, and its commit in the recipe’s repository too', async () => {
    const opened = await pulls.openFromFork(world, { repository, branch: 'outside' });
    const { head } = await pulls.pullRequest(world, opened);
    expect(head).toMatchObject({ ref: 'outside', repo: { full_name: 'eve/tiny-web', fork: true } });
    expect(await fetched(`refs/pull/${opened.number}/head`)).toBe(head.sha);
    const status = { state: 'pending', context: 'ci' };
    await world.as(BOT).must('POST', `/repos/${repository}/statuses/${head.sha}`, status);
    expect(await pulls.statuses(world, repository, head.sha)).toHaveLength(1);
  });

  it('shows what was pushed at once, and the commit that was pushed away can still be had', async () => {
    const opened = await pulls.openFromFork(world, { repository, branch: 'rewritten' });
    const old = (await pulls.pullRequest(world, opened)).head.sha;
    const sha = await pulls.forcePushTo(world, opened);
    expect(sha).not.toBe(old);
    expect((await pulls.pullRequest(world, opened)).head.sha).toBe(sha);
    expect(await fetched(old)).toBe(old);
  });

  it('whose branch is deleted is closed in a moment, and its commit can still be had', async () => {
    const opened = await pulls.openFromFork(world, { repository, branch: 'short-lived' });
    const { head } = await pulls.pullRequest(world, opened);
    await world.as(EVE).must('DELETE', '/repos/eve/tiny-web/branches/short-lived');
    const state = async (): Promise<string> => (await pulls.pullRequest(world, opened)).state;
    await expect.poll(state, { timeout: SETTLE_MS }).toBe('closed');
    const ref = `refs/pull/${opened.number}/head`;
    expect((await pulls.pullRequest(world, opened)).head).toMatchObject({ sha: head.sha, ref });
    expect(await fetched(ref)).toBe(head.sha);
  });

  it('whose fork is deleted is closed, has no repository as its head, and its commit can still be had', async () => {
    const opened = await pulls.openFromFork(world, { repository, branch: 'orphan' });
    const { head } = await pulls.pullRequest(world, opened);
    await world.as(EVE).must('DELETE', '/repos/eve/tiny-web');
    const after = await pulls.pullRequest(world, opened);
    expect(after).toMatchObject({ state: 'closed', head: { sha: head.sha, repo: null, repo_id: -1 } });
    expect(await fetched(`refs/pull/${opened.number}/head`)).toBe(head.sha);
  });

  it('of a renamed repository is a redirection, of an archived one is not to be commented on', async () => {
    const other = await world.addRecipe('custom-html');
    const opened = await pulls.openPullRequest(world, { repository: other, branch: 'more' });
    const path = `/repos/${other}/issues/${opened.number}/comments`;
    await world.as(ADMIN).must('PATCH', `/repos/${other}`, { archived: true });
    expect((await world.as(BOT).ask('POST', path, { body: 'Words.' })).status).toBe(423);
    await world.as(ADMIN).must('PATCH', `/repos/${other}`, { archived: false });
    await world.as(ADMIN).must('PATCH', `/repos/${other}`, { name: 'renamed' });
    const { status, headers } = await world.as(BOT).ask('POST', path, { body: 'Words.' });
    expect([status, headers.get('location')]).toEqual([
      301,
      `/api/v1${path.replace(other, `${ORG}/renamed`)}`,
    ]);
  });
});

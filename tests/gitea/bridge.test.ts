/** The client and the bridge against a real Gitea: that what they do to the stand-in, they do to it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileWishes } from '../../controller/client/wishes.ts';
import type { Forge } from '../../controller/forge.ts';
import { giteaForge } from '../../controller/gitea/forge.ts';
import { type Bridge, makeBridge } from '../../controller/reconcilers/bridge/bridge.ts';
import { systemClock } from '../../controller/runtime/clock.ts';
import { nameOf } from '../../controller/runtime/controllers.ts';
import { silentLog } from '../../controller/runtime/log.ts';
import { type FileStore, openStore } from '../../controller/store/file-store.ts';
import { makeLayout } from '../../controller/store/layout.ts';
import { pullsOf, repositoriesOf } from '../../controller/store/status-folders.ts';
import { readStore } from '../../controller/views/read-store.ts';
import * as pulls from './pull-requests.ts';
import { LONG_AGO } from './times.ts';
import { ADA, BOT, EVE, makeWorld, ORG, type World } from './world.ts';

const TINY = { owner: ORG, name: 'tiny-web' };

let world: World;
let forge: Forge;
let branch: pulls.Opened;
let fork: pulls.Opened;

beforeAll(async () => {
  world = await makeWorld();
  const repository = await world.addRecipe('tiny-web');
  branch = await pulls.openPullRequest(world, { repository, branch: 'more' });
  fork = await pulls.openFromFork(world, { repository, branch: 'from-outside' });
  forge = byPassword();
});
afterAll(() => world.stop());

const byPassword = (): Forge =>
  giteaForge({
    url: world.server.url,
    credentials: { user: BOT, password: { value: world.passwordOf(BOT) } },
    tokenName: 'cc-ci-1a2b3c4d',
    clock: systemClock,
  });

describe('the client', () => {
  it('makes its token from a password, over and over, and it is one', async () => {
    for (let each = 0; each < 3; each++) expect(await byPassword().me()).toBe(BOT);
    forge = byPassword();
    const { body } = await world.as(BOT).ask('GET', `/repos/${branch.repository}`);
    expect(body).toMatchObject({ name: 'tiny-web' });
    const made = (await world.server.requests()).filter(
      ({ method, path }) => method === 'DELETE' && path.endsWith('/tokens/cc-ci-1a2b3c4d'),
    );
    expect(made.map(({ status }) => status)).toEqual([404, 204, 204]);
  });

  it('knows who is a member, and that a stranger is not told', async () => {
    expect(await forge.membership(ORG, ADA)).toBe('yes');
    expect(await forge.membership(ORG, EVE)).toBe('no');
    expect(await forge.membership(ORG, BOT)).toBe('yes');
    const token = await world.newToken(EVE, ['read:organization', 'read:user']);
    const clock = systemClock;
    const credentials = { token: { value: token } };
    const stranger = giteaForge({ url: world.server.url, credentials, tokenName: 'x', clock });
    expect(await stranger.membership(ORG, ADA)).toEqual({ cannotTell: expect.stringContaining('no member') });
  });

  it('reads pull requests of a branch and of a fork', async () => {
    const own = await forge.pull(TINY, branch.number);
    expect(own).toMatchObject({
      state: 'open',
      isMerged: false,
      head: { branch: 'more' },
      base: { branch: 'main' },
    });
    expect(own?.head.cloneUrl).toBe(`${world.server.url}/${ORG}/tiny-web.git`);
    const others = await forge.pull(TINY, fork.number);
    expect(others?.head.cloneUrl).toBe(`${world.server.url}/${fork.from}.git`);
    expect(await forge.pull(TINY, 4711)).toBeNull();
  });

  it('reads each of 60 comments once, and which pull requests changed', async () => {
    for (let each = 0; each < 60; each++)
      await pulls.comment(world, fork, { by: EVE, body: `Comment ${each}.` });
    const want = Array.from({ length: 60 }, (_, each) => `Comment ${each}.`);
    expect((await forge.comments(TINY, fork.number)).map(({ body }) => body)).toEqual(want);
    const { comments, now } = await forge.commentsSince(TINY, LONG_AGO);
    expect(comments.filter(({ pull }) => pull === fork.number).map(({ body }) => body)).toEqual(want);
    expect(Math.abs(now.getTime() - Date.now())).toBeLessThan(60_000);
    const changed = await forge.changedPulls(ORG, LONG_AGO);
    expect(changed.pulls).toContainEqual({ ...TINY, number: fork.number });
    expect((await forge.changedPulls(ORG, new Date(Date.now() + 3_600_000))).pulls).toEqual([]);
  });

  it('says a comment, edits it, and sets a status', async () => {
    const { id, author, pull } = await forge.addComment(TINY, branch.number, 'One.');
    expect({ author, pull }).toEqual({ author: BOT, pull: branch.number });
    expect((await forge.editComment(TINY, id, 'Two.'))?.body).toBe('Two.');
    expect((await forge.comment(TINY, id))?.body).toBe('Two.');
    expect(await forge.editComment(TINY, 4_711_000, 'Two.')).toBeNull();
    const sha = (await forge.pull(TINY, branch.number))?.head.sha ?? '';
    const status = {
      context: 'cc-ci/testme',
      state: 'pending',
      description: 'Waits.',
      targetUrl: null,
    } as const;
    await forge.setCommitStatus(TINY, sha, status);
    expect(await pulls.statuses(world, branch.repository, sha)).toMatchObject([
      { context: 'cc-ci/testme', status: 'pending' },
    ]);
  });

  it('knows a commit that the repository has, of a fork’s pull request as well, and one that it lacks', async () => {
    for (const opened of [branch, fork]) {
      const { head } = await pulls.pullRequest(world, opened);
      expect(await forge.hasCommit(TINY, head.sha)).toBe(true);
    }
    expect(await forge.hasCommit(TINY, '1'.repeat(40))).toBe(false);
  });

  it('says what is wrong with a repository that is not there, and with an owner that is none', async () => {
    await expect(forge.commentsSince({ owner: ORG, name: 'nothing' }, LONG_AGO)).rejects.toMatchObject({
      reason: 'ForgeRejected',
    });
    await expect(forge.changedPulls('nobody-at-all', LONG_AGO)).rejects.toMatchObject({
      reason: 'ForgeRejected',
    });
  });
});

describe('the bridge', () => {
  let root: string;
  let store: FileStore;
  let bridge: Bridge;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-real-bridge-'));
    const [layout, recipesDir] = [makeLayout(join(root, 'state')), join(root, 'recipes')];
    await mkdir(recipesDir);
    const spec = `apiVersion: ccci.coopcloud.tech/v1\nkind: RecipeSpec\nmetadata: { name: tiny-web }\nspec:\n  category: simple\n  source: { repo: '${world.server.url}/${ORG}/tiny-web.git' }\n`;
    await writeFile(join(recipesDir, 'tiny-web.yaml'), spec);
    store = await openStore(layout, { recipesDir });
    const reading = readStore(store, { layout, recipesDir });
    bridge = makeBridge({
      layout,
      recipesDir,
      forge,
      config: { url: world.server.url, organisation: ORG, allowed: [], pollMs: 20_000 },
      store,
      wishes: fileWishes({ layout, reading, newId: () => 'never' }),
      repositories: repositoriesOf(layout),
      pulls: pullsOf(layout),
      clock: systemClock,
      log: silentLog,
    });
    await pass();
  });
  afterAll(() => rm(root, { recursive: true }));

  const pass = async (): Promise<void> => {
    for (const key of await bridge.poll()) await bridge.reconcile(nameOf(key));
  };

  it('makes a run of a member’s comment at the head, and none of a stranger’s', async () => {
    const { id } = await pulls.comment(world, fork, { by: ADA, body: '!testme' });
    await pulls.comment(world, branch, { by: EVE, body: '!testme' });
    await pass();
    await pass();
    const name = `tiny-web-pr${fork.number}-c${id}`;
    expect(await store.specNames()).toEqual([name]);
    const { spec } = await store.get(name);
    const head = (await pulls.pullRequest(world, fork)).head.sha;
    expect(spec?.parsed).toMatchObject({
      ok: true,
      value: { spec: { source: { ref: head, repo: `${world.server.url}/${fork.from}.git` } } },
    });
    const refused = (await pullsOf(makeLayout(join(root, 'state'))).get(`tiny-web-pr${branch.number}`))
      ?.status;
    expect(refused?.refused).toMatchObject([{ user: EVE, reason: 'NotAMember' }]);
  });

  it('cancels it when the pull request is closed', async () => {
    await pulls.closePullRequest(world, fork);
    await pass();
    const [name = ''] = await store.specNames();
    expect((await store.get(name)).spec?.parsed).toMatchObject({
      value: { spec: { cancel: { by: 'closed-pull-request' } } },
    });
  });

  it('costs few requests where nothing happens, and none of them is an administrator’s', async () => {
    const own = async () => (await world.server.requests()).filter(({ user }) => user === BOT);
    const before = (await own()).length;
    await bridge.poll();
    expect((await own()).length - before).toBeLessThanOrEqual(3);
    const asked = (await own()).map(({ path }) => path);
    expect(asked.filter((path) => /admin|collaborators|hooks|permission|\/teams/.test(path))).toEqual([]);
  });
});

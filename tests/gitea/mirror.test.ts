/** A mirror of a published recipe on the real Gitea, with the credentials of whoever may make repositories there. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { ensureMirror, type Line, type MirrorWanted } from '../../controller/mirror/mirror.ts';
import { gitOf, makeRecipeRepo } from '../sandbox/repos.ts';
import { ADMIN } from './people.ts';
import { Branch, PullRequest, Team } from './schema.ts';
import { makeWorld, ORG, type World } from './world.ts';

const MIRRORER = 'mirrorer';
/** The least that it takes. */
const SCOPES = ['write:repository', 'write:organization'];
const REPOSITORY = { owner: ORG, name: 'tiny-web' };
const API = `/repos/${ORG}/tiny-web`;

let world: World;
let token: string;
let upstream: { readonly path: string; readonly head: string };

beforeAll(async () => {
  world = await makeWorld();
  await world.addPerson(MIRRORER);
  const admin = world.as(ADMIN);
  const team = {
    name: 'mirrors',
    permission: 'read',
    includes_all_repositories: true,
    can_create_org_repo: true,
    units_map: { 'repo.code': 'write', 'repo.pulls': 'write' },
  };
  const { id } = Team.parse(await admin.must('POST', `/orgs/${ORG}/teams`, team));
  await admin.must('PUT', `/teams/${id}/members/${MIRRORER}`);
  token = await world.newToken(MIRRORER, SCOPES);
  upstream = await makeRecipeRepo('tiny-web', join(world.work, 'upstream'));
  await mkdir(join(world.work, 'tmp'));
}, 600_000);

afterAll(() => world.stop());

const ensure = (change: MirrorWanted['change'] = null): Promise<Line[]> =>
  ensureMirror(
    {
      url: world.server.url,
      token,
      env: { PATH: process.env['PATH'] ?? '' },
      tmpDir: join(world.work, 'tmp'),
    },
    { repository: REPOSITORY, upstream: upstream.path, change },
  );

async function mainOf(): Promise<string> {
  return Branch.parse(await world.as(ADMIN).must('GET', `${API}/branches/main`)).commit.id;
}

async function tagsOf(): Promise<string[]> {
  const tags = z.array(z.object({ name: z.string() }));
  return tags.parse(await world.as(ADMIN).must('GET', `${API}/tags?limit=50`)).map(({ name }) => name);
}

async function pullsOf(): Promise<PullRequest[]> {
  return z.array(PullRequest).parse(await world.as(ADMIN).must('GET', `${API}/pulls?state=all`));
}

it('is made where there is none, with main and the tags of upstream, and the second time nothing is done', async () => {
  await ensure();
  const tags = (await gitOf(upstream.path, ['tag'])).split('\n').sort();
  await expect.poll(mainOf, { timeout: 60_000 }).toBe(upstream.head);
  expect((await tagsOf()).sort()).toEqual(tags);
  expect((await ensure()).map(({ done }) => done)).not.toContain('created');
  expect((await ensure()).filter(({ done }) => done !== 'unchanged')).toEqual([]);
});

it('gets a pull request that holds the change and nothing else, once', async () => {
  const folder = join(world.work, 'change');
  await gitOf(world.work, ['clone', '-q', upstream.path, folder]);
  await writeFile(join(folder, 'README.md'), 'One line.\n');
  await gitOf(folder, ['add', '--all']);
  await gitOf(folder, ['commit', '-q', '-m', 'One line']);
  const sha = await gitOf(folder, ['rev-parse', 'HEAD']);
  const change = { branch: 'one-line', from: folder, commit: sha, title: 'One line', force: false };
  await ensure(change);
  await ensure(change);
  const pulls = await pullsOf();
  expect(pulls.map(({ head }) => head.sha)).toEqual([sha]);
  const commits = z.array(z.object({ sha: z.string() }));
  const held = commits.parse(await world.as(ADMIN).must('GET', `${API}/pulls/${pulls[0]?.number}/commits`));
  expect(held.map((each) => each.sha)).toEqual([sha]);
});

it('asks nothing that only administrators may', async () => {
  const own = (await world.server.requests()).filter(({ user }) => user === MIRRORER);
  expect(own.length).toBeGreaterThan(0);
  expect(own.filter(({ path }) => /\/admin|\/hooks|\/teams|\/collaborators/.test(path))).toEqual([]);
});

/** Mirrors of a published recipe, on a stand-in of a forge with real repositories. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureMirror, type Line, type MirrorWanted } from '../../controller/mirror/mirror.ts';
import { Terminal } from '../../controller/runtime/errors.ts';
import { StandInForge } from '../stand-ins/git-forge.ts';

const TOKEN = 'c4n4ry-token-0123456789';
const REPOSITORY = { owner: 'recipes', name: 'ghost' };
const env = { PATH: process.env['PATH'] ?? '' };

let root: string;
let upstream: string;
let forge: StandInForge;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ccci-mirror-test-'));
  upstream = join(root, 'upstream');
  await mkdir(join(root, 'tmp'));
  await git(root, 'init', '--quiet', '--initial-branch=main', upstream);
  await commit(upstream, 'first');
  await git(upstream, 'tag', '1.0.0');
  await git(upstream, 'tag', '--annotate', '--message', 'two', '2.0.0');
  forge = new StandInForge(join(root, 'forge'), TOKEN);
  await forge.start();
});

afterEach(async () => {
  await forge.stop();
  await rm(root, { recursive: true, force: true });
});

async function git(cwd: string, ...args: string[]): Promise<string> {
  const set = ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'commit.gpgSign=false'];
  return (await execa('git', [...set, ...args], { cwd })).stdout;
}

async function commit(folder: string, subject: string): Promise<string> {
  await writeFile(join(folder, `${subject.replaceAll(/\W/g, '-')}.txt`), subject);
  await git(folder, 'add', '--all');
  await git(folder, 'commit', '--quiet', '--message', subject);
  return git(folder, 'rev-parse', 'HEAD');
}

/** A clone with one commit more. */
async function changed(subject = 'Bump redis\n\nWith a body.'): Promise<{ folder: string; sha: string }> {
  const folder = join(root, 'clone');
  await git(root, 'clone', '--quiet', upstream, folder);
  return { folder, sha: await commit(folder, subject) };
}

const ensure = (over: Partial<MirrorWanted> = {}, token = TOKEN): Promise<Line[]> =>
  ensureMirror(
    { url: forge.url, token, env, tmpDir: join(root, 'tmp') },
    { repository: REPOSITORY, upstream, change: null, ...over },
  );

const done = (lines: readonly Line[]): string[] => lines.map((line) => `${line.what} ${line.done}`);

const refs = (folder: string): Promise<string> =>
  git(folder, 'for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads/main', 'refs/tags');

const leftBehind = (): Promise<string[]> => readdir(join(root, 'tmp'));

describe('a mirror', () => {
  it('is made with main and tags of upstream, and a second time nothing is written', async () => {
    expect(done(await ensure())).toEqual(['repository created', 'main created', 'tags updated']);
    expect(await refs(forge.folder('recipes/ghost'))).toBe(await refs(upstream));
    expect(forge.repositories.get('recipes/ghost')?.description).toBe(`Mirror of ${upstream}`);
    forge.requests.length = 0;
    expect(done(await ensure())).toEqual(['repository unchanged', 'main unchanged', 'tags unchanged']);
    expect(forge.writes()).toEqual([]);
    expect(await leftBehind()).toEqual([]);
  });

  it('follows upstream, also where its main was rewritten and a tag was moved', async () => {
    await ensure();
    await git(upstream, 'commit', '--quiet', '--amend', '--message', 'another first');
    await git(upstream, 'tag', '--force', '1.0.0');
    await commit(upstream, 'second');
    await git(upstream, 'tag', '3.0.0');
    const lines = await ensure();
    expect(done(lines)).toEqual(['repository unchanged', 'main updated', 'tags updated']);
    expect(lines[1]?.about).toMatch(/^[0-9a-f]{12}, it was [0-9a-f]{12}$/);
    expect(lines[2]?.about).toBe('3 of upstream, 2 of them new or moved');
    expect(await refs(forge.folder('recipes/ghost'))).toBe(await refs(upstream));
  });

  it('keeps tags that upstream has not, and says so', async () => {
    await ensure();
    await git(forge.folder('recipes/ghost'), 'tag', 'ours', 'main');
    expect((await ensure())[2]).toMatchObject({
      done: 'unchanged',
      about: expect.stringContaining('1 that upstream has not were left'),
    });
    expect(await git(forge.folder('recipes/ghost'), 'tag')).toContain('ours');
  });

  it('takes upstream’s own branch for main where that is called otherwise', async () => {
    await git(upstream, 'branch', '--move', 'main', 'master');
    await ensure();
    expect(await git(forge.folder('recipes/ghost'), 'rev-parse', 'main')).toBe(
      await git(upstream, 'rev-parse', 'master'),
    );
  });

  it('leaves upstream as it was', async () => {
    const before = await git(upstream, 'for-each-ref');
    const { folder, sha } = await changed();
    await ensure({ change: { from: folder, commit: sha, branch: 'redis-7', title: null, force: false } });
    expect(await git(upstream, 'for-each-ref')).toBe(before);
  });
});

describe('a change', () => {
  const change = (sha: string, folder: string, over: object = {}): Pick<MirrorWanted, 'change'> => ({
    change: { from: folder, commit: sha, branch: 'redis-7', title: null, force: false, ...over },
  });

  it('becomes one pull request with the change alone, however often it is asked for', async () => {
    const { folder, sha } = await changed();
    const lines = await ensure(change(sha, folder));
    expect(done(lines).slice(3)).toEqual(['branch created', 'pull request created']);
    expect(lines.at(-1)?.about).toBe(`${forge.url}/recipes/ghost/pulls/1`);
    expect(forge.pulls).toMatchObject([
      { title: 'Bump redis', head: { ref: 'redis-7' }, base: { ref: 'main' } },
    ]);
    expect(await git(forge.folder('recipes/ghost'), 'log', '--format=%H', 'main..redis-7')).toBe(sha);
    forge.requests.length = 0;
    expect(done(await ensure(change(sha, folder))).slice(3)).toEqual([
      'branch unchanged',
      'pull request unchanged',
    ]);
    expect(forge.writes()).toEqual([]);
  });

  it('is added to, in the same pull request', async () => {
    const { folder, sha } = await changed();
    await ensure(change(sha, folder));
    const next = await commit(folder, 'And its config');
    expect(done(await ensure(change(next, folder))).slice(3)).toEqual([
      'branch updated',
      'pull request unchanged',
    ]);
    expect(forge.pulls.length).toBe(1);
  });

  it('finds its pull request behind many others', async () => {
    const { folder, sha } = await changed();
    await ensure(change(sha, folder));
    for (let number = 2; number <= 120; number += 1)
      forge.pulls.push({
        ...(forge.pulls[0] as (typeof forge.pulls)[number]),
        head: { ref: `other-${number}`, repo: { full_name: 'recipes/ghost' } },
      });
    expect(done(await ensure(change(sha, folder))).at(-1)).toBe('pull request unchanged');
    expect(forge.pulls.length).toBe(120);
  });

  it('overwrites other commits of its branch only by force', async () => {
    const { folder, sha } = await changed();
    await ensure(change(sha, folder));
    await git(folder, 'commit', '--quiet', '--amend', '--message', 'Another');
    const other = await git(folder, 'rev-parse', 'HEAD');
    await expect(ensure(change(other, folder))).rejects.toMatchObject({ reason: 'BranchDiffers' });
    expect(await git(forge.folder('recipes/ghost'), 'rev-parse', 'redis-7')).toBe(sha);
    expect(done(await ensure(change(other, folder, { force: true })))).toContain('branch updated');
    expect(await git(forge.folder('recipes/ghost'), 'rev-parse', 'redis-7')).toBe(other);
  });

  it('comes from upstream by its commit too', async () => {
    await git(upstream, 'switch', '--quiet', '--create', 'bump');
    const sha = await commit(upstream, 'Bump');
    await git(upstream, 'switch', '--quiet', 'main');
    await ensure(change(sha, upstream, { title: 'A title of mine' }));
    expect(forge.pulls).toMatchObject([{ title: 'A title of mine' }]);
  });

  it.each([
    {
      because: 'nothing is new in it',
      reason: 'NothingToPropose',
      make: async () => ({ folder: upstream, sha: await git(upstream, 'rev-parse', 'HEAD') }),
    },
    {
      because: 'it is of another recipe',
      reason: 'NoCommonHistory',
      make: async () => {
        const folder = join(root, 'foreign');
        await git(root, 'init', '--quiet', '--initial-branch=main', folder);
        return { folder, sha: await commit(folder, 'foreign') };
      },
    },
  ])('is refused where $because, and nothing is made', async ({ reason, make }) => {
    const { folder, sha } = await make();
    await expect(ensure(change(sha, folder))).rejects.toMatchObject({ reason });
    expect(forge.requests).toEqual([]);
  });
});

describe('what is refused', () => {
  it.each([
    { because: 'a mirror that Gitea pulls by itself', set: { mirror: true }, says: 'takes no branches' },
    { because: 'an archived repository', set: { archived: true }, says: 'is archived' },
  ])('is $because, and nothing is pushed', async ({ set, says }) => {
    await forge.makeRepository('recipes/ghost');
    Object.assign(forge.repositories.get('recipes/ghost') ?? {}, set);
    await expect(ensure()).rejects.toThrow(says);
    expect(forge.writes()).toEqual([]);
  });

  it.each([
    {
      status: 403,
      message: 'token does not have at least one of required scope(s)',
      says: /403 .*write:organization/,
    },
    { status: 500, message: '', says: /Gitea answered 500\. Try again/ },
    { status: 301, message: '', says: /Gitea answered 301/ },
  ])('is said with what to do: $status', async ({ says, ...failing }) => {
    forge.failing = failing;
    await expect(ensure()).rejects.toThrow(says);
  });

  it('is a push that the forge does not take, with its own words', async () => {
    await forge.makeRepository('recipes/ghost');
    const hook = join(forge.folder('recipes/ghost'), 'hooks', 'update');
    await writeFile(hook, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const refused = ensure();
    await expect(refused).rejects.toMatchObject({ reason: 'PushRefused' });
    await expect(refused).rejects.toThrow('main -> main (hook declined)');
  });

  it('is a token that is none, told from the API, and git never asks for a password', async () => {
    const refused = ensure({}, 'another');
    await expect(refused).rejects.toBeInstanceOf(Terminal);
    await expect(refused).rejects.toThrow(/401.*CCCI_MIRROR_TOKEN_FILE/);
  });

  it('never holds the token, neither plain nor as git sends it', async () => {
    const encoded = Buffer.from(`cc-ci:${TOKEN}`).toString('base64');
    const lines = await ensure();
    await forge.makeRepository('recipes/other');
    await rm(forge.folder('recipes/other'), { recursive: true });
    const error: unknown = await ensure({ repository: { owner: 'recipes', name: 'other' } }).catch(
      (caught: unknown) => caught,
    );
    const text = inspect([lines, forge.requests, error], { depth: 10, maxStringLength: null });
    expect(error).toBeInstanceOf(Error);
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain(encoded);
    expect(await git(forge.folder('recipes/ghost'), 'config', '--list')).not.toContain(TOKEN);
  });
});

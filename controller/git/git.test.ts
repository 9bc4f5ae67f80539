/** git as the stages use it, on repositories that strangers wrote. */
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Terminal } from '../runtime/errors.ts';
import { checkoutExactly, cloneAt, git, GitError, resolveRef } from './git.ts';

let dir: string;
let repo: string;
/** What this machine's git would believe, were it asked: hooks for every new clone. */
let env: Record<string, string>;
let first: string;
let second: string;
let folder: string;
let clones = 0;

/** A stranger's git: with none of our settings. */
async function theirs(cwd: string, ...args: string[]): Promise<string> {
  const set = [
    '-c',
    'user.name=t',
    '-c',
    'user.email=t@t',
    '-c',
    'protocol.file.allow=always',
    '-c',
    'tag.gpgSign=false',
  ];
  return (await execa('git', [...set, ...args], { cwd })).stdout;
}

async function commit(cwd: string, message: string): Promise<string> {
  await theirs(cwd, 'add', '--all');
  await theirs(cwd, 'commit', '--quiet', '--allow-empty', '-m', message);
  return theirs(cwd, 'rev-parse', 'HEAD');
}

async function newRepo(name: string): Promise<string> {
  const at = join(dir, name);
  await execa('git', ['init', '--quiet', '--initial-branch=main', at]);
  return at;
}

const HOOKS = ['post-checkout', 'reference-transaction', 'post-merge', 'pre-auto-gc', 'fsmonitor-watchman'];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-git-'));
  repo = await newRepo('origin');
  await writeFile(join(repo, 'compose.yml'), 'one');
  first = await commit(repo, 'first');
  await theirs(repo, 'tag', 'light');
  await theirs(repo, 'tag', '-a', '1.0.0+1', '-m', 'annotated');
  await writeFile(join(repo, 'compose.yml'), 'two');
  second = await commit(repo, 'second');
  await theirs(repo, 'branch', 'feature/x');

  const home = join(dir, 'home');
  const template = join(dir, 'template', 'hooks');
  await mkdir(home);
  await mkdir(template, { recursive: true });
  for (const hook of HOOKS) {
    await writeFile(join(template, hook), `#!/bin/sh\ntouch "${dir}/hook-ran"\n`);
    await chmod(join(template, hook), 0o755);
  }
  await writeFile(
    join(home, '.gitconfig'),
    `[core]\n\thooksPath = ${template}\n[init]\n\ttemplateDir = ${join(dir, 'template')}\n[protocol "ext"]\n\tallow = always\n[url "${dir}/nowhere"]\n\tinsteadOf = ${repo}\n`,
  );
  env = { PATH: process.env['PATH'] ?? '', HOME: home };
});
afterAll(() => rm(dir, { recursive: true, force: true }));
beforeEach(async () => {
  folder = join(dir, `clone-${clones++}`);
  await mkdir(folder);
});

describe('resolveRef', () => {
  it.each([
    { because: 'a branch', ref: () => 'main', want: () => second },
    { because: 'a branch with a slash', ref: () => 'feature/x', want: () => second },
    { because: 'a light tag', ref: () => 'light', want: () => first },
    { because: 'the commit of an annotated tag', ref: () => '1.0.0+1', want: () => first },
    { because: 'the default branch', ref: () => 'HEAD', want: () => second },
    { because: 'a whole sha, without asking', ref: () => 'f'.repeat(40), want: () => 'f'.repeat(40) },
    {
      because: 'a short sha that is the head of something',
      ref: () => second.slice(0, 8),
      want: () => second,
    },
    { because: 'a full name', ref: () => 'refs/tags/light', want: () => first },
  ])('finds $because', async ({ ref, want }) => {
    expect(await resolveRef(repo, ref(), env)).toBe(want());
  });

  it('takes a branch for the branch where a tag has the same name', async () => {
    await theirs(repo, 'branch', 'both', second);
    await theirs(repo, 'tag', 'both', first);
    expect(await resolveRef(repo, 'both', env)).toBe(second);
  });

  it.each(['nowhere', 'mai', 'abcdef0', '--upload-pack=touch x', '-h', 'main~1', 'HEAD^', '*'])(
    'finds no %j, and says what to do',
    async (ref) => {
      const asked = resolveRef(repo, ref, env);
      await expect(asked).rejects.toBeInstanceOf(Terminal);
      await expect(asked).rejects.toMatchObject({
        reason: 'RefNotFound',
        message: expect.stringContaining('git ls-remote') as string,
      });
    },
  );

  it('takes an address for no option, also where git would find another repository to ask', async () => {
    await cloneAt(repo, first, { folder, env });
    const here = { ...env, GIT_DIR: join(folder, '.git') };
    const asked = resolveRef(`--upload-pack=touch ${dir}/ran;git-upload-pack`, 'main', here);
    await expect(asked).rejects.toBeInstanceOf(GitError);
    expect(existsSync(join(dir, 'ran'))).toBe(false);
  });

  it.each([
    { because: 'an option', address: () => `--upload-pack=touch ${dir}/ran` },
    { because: 'a transport that runs commands', address: () => `ext::touch ${dir}/ran` },
    { because: 'a helper of any name', address: () => `fd::17` },
    { because: 'nothing', address: () => join(dir, 'nowhere') },
  ])('asks no repository whose address is $because', async ({ address }) => {
    await expect(resolveRef(address(), 'main', env)).rejects.toBeInstanceOf(GitError);
    expect(existsSync(join(dir, 'ran'))).toBe(false);
  });
});

describe('cloneAt', () => {
  it('takes no tag of a fork: which versions are published is not for its owner to say', async () => {
    const fork = await newRepo('fork');
    await theirs(fork, 'fetch', '--quiet', '--no-tags', repo, '+refs/*:refs/remotes/up/*');
    await theirs(fork, 'checkout', '--quiet', '-b', 'mine', second);
    const head = await commit(fork, 'of the fork');
    await theirs(fork, 'tag', '9.9.9+9', head);
    await theirs(fork, 'tag', 'light', head);
    await cloneAt(fork, head, { folder, env, published: repo });
    expect(await theirs(folder, 'rev-parse', 'HEAD')).toBe(head);
    expect(await theirs(folder, 'tag')).toBe(await theirs(repo, 'tag'));
    expect(await theirs(folder, 'rev-parse', 'light^{commit}')).toBe(first);
    expect(await theirs(folder, 'remote', 'get-url', 'origin')).toBe(repo);
  });

  it('is the commit exactly, on a branch, with all tags', async () => {
    await cloneAt(repo, first, { folder, env });
    expect(await git(['rev-parse', 'HEAD'], { cwd: folder, env })).toBe(first);
    expect(await readFile(join(folder, 'compose.yml'), 'utf8')).toBe('one');
    expect((await git(['tag'], { cwd: folder, env })).split('\n')).toEqual(
      expect.arrayContaining(['1.0.0+1', 'light']),
    );
  });

  it('gets a commit that no branch or tag holds any more, as a pull request’s may be', async () => {
    const other = await newRepo('forced');
    const lost = await commit(other, 'lost');
    await theirs(other, 'commit', '--quiet', '--allow-empty', '--amend', '-m', 'instead');
    await theirs(other, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
    await cloneAt(other, lost, { folder, env });
    expect(await git(['rev-parse', 'HEAD'], { cwd: folder, env })).toBe(lost);
  });

  it('runs no hook, whatever the machine’s git is set to', async () => {
    await cloneAt(repo, second, { folder, env });
    await cp(join(dir, 'template', 'hooks'), join(folder, '.git', 'hooks'), { recursive: true });
    await checkoutExactly(folder, first, env);
    expect(existsSync(join(dir, 'hook-ran'))).toBe(false);
    // They would have run: this is the same with a git that nobody has bridled.
    await execa('git', ['clone', '--quiet', `file://${repo}`, join(folder, 'bare-faced')], {
      env,
      extendEnv: false,
    });
    expect(existsSync(join(dir, 'hook-ran'))).toBe(true);
    await rm(join(dir, 'hook-ran'));
  });

  it.each([
    { because: 'a transport that runs commands', address: () => `ext::touch ${dir}/ran` },
    { because: 'an option', address: () => '--mirror=push' },
  ])('refuses an address that is $because, also where no ref has to be asked for', async ({ address }) => {
    await expect(cloneAt(address(), first, { folder, env })).rejects.toBeInstanceOf(GitError);
    expect(existsSync(join(dir, 'ran'))).toBe(false);
  });

  it('leaves a submodule alone', async () => {
    const outer = await newRepo('outer');
    await theirs(outer, 'submodule', '--quiet', 'add', repo, 'inner');
    await writeFile(
      join(outer, '.gitmodules'),
      `[submodule "inner"]\n\tpath = inner\n\turl = ext::touch ${dir}/ran\n\tupdate = !touch ${dir}/ran\n`,
    );
    const head = await commit(outer, 'with a submodule');
    await cloneAt(outer, head, { folder, env });
    await checkoutExactly(folder, head, env);
    expect(await readdir(join(folder, 'inner'))).toEqual([]);
    expect(existsSync(join(dir, 'ran'))).toBe(false);
  });

  it('writes through no link, and ends with an error at one that is too long to be made', async () => {
    const outside = join(dir, 'outside');
    await mkdir(outside, { recursive: true });
    await writeFile(join(outside, 'file'), 'untouched');
    const linked = await newRepo('linked');
    await symlink(outside, join(linked, 'dir'));
    await symlink(join(outside, 'file'), join(linked, 'compose.yml'));
    const before = await commit(linked, 'links');
    await rm(join(linked, 'dir'));
    await rm(join(linked, 'compose.yml'));
    await mkdir(join(linked, 'dir'));
    await writeFile(join(linked, 'dir', 'file'), 'through the link');
    await writeFile(join(linked, 'compose.yml'), 'through the link');
    const after = await commit(linked, 'files in their place');
    await cloneAt(linked, before, { folder, env });
    await checkoutExactly(folder, after, env);
    await checkoutExactly(folder, before, env);
    expect(await readFile(join(outside, 'file'), 'utf8')).toBe('untouched');
    expect(await readdir(outside)).toEqual(['file']);

    const blob = (
      await execa('git', ['hash-object', '-w', '--stdin'], { cwd: linked, input: 'x/'.repeat(1_000_000) })
    ).stdout;
    await theirs(linked, 'update-index', '--add', '--cacheinfo', `120000,${blob},huge`);
    await theirs(linked, 'commit', '--quiet', '-m', 'huge');
    const huge = join(dir, 'huge');
    await mkdir(huge);
    const cloned = cloneAt(linked, await theirs(linked, 'rev-parse', 'HEAD'), { folder: huge, env });
    await expect(cloned).rejects.toBeInstanceOf(GitError);
  });
});

it('checkoutExactly puts back what was changed, and removes what was added, ignored files and foreign repositories included', async () => {
  await cloneAt(repo, second, { folder, env });
  await writeFile(join(folder, 'compose.yml'), 'changed');
  await writeFile(join(folder, '.gitignore'), 'junk\n');
  await writeFile(join(folder, 'junk'), '');
  await newRepo(join(folder.slice(dir.length + 1), 'nested'));
  await checkoutExactly(folder, first, env);
  expect((await readdir(folder)).sort()).toEqual(['.git', 'compose.yml']);
  expect(await readFile(join(folder, 'compose.yml'), 'utf8')).toBe('one');
});

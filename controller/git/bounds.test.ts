import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GIT_BOUNDS, type GitBounds, RepositoryTooLarge } from './bounds.ts';
import { checkoutExactly, cloneAt, git, GitError } from './git.ts';

const env = { PATH: process.env['PATH'] ?? '' };
/** Seconds that nobody else sleeps: another checkout may run these tests at the same time. */
const NAP = `31000${process.pid}`;
let dir: string;
let repo: string;
let count = 0;

beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), 'ccci-git-bounds-'))));
afterAll(() => rm(dir, { recursive: true, force: true }));
beforeEach(async () => {
  repo = join(dir, `origin-${count++}`);
  await execa('git', ['init', '--quiet', '--initial-branch=main', repo]);
});

/** A stranger's git, with an input. */
async function theirs(args: readonly string[], input = ''): Promise<string> {
  const set = ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'commit.gpgSign=false'];
  return (await execa('git', [...set, ...args], { cwd: repo, input })).stdout;
}

async function commitOf(tree: string): Promise<string> {
  const commit = await theirs(['commit-tree', tree, '-m', 'one']);
  await theirs(['update-ref', 'refs/heads/main', commit]);
  return commit;
}

/** Each level holds the one below it `wide` times; nothing of it is there twice. */
async function nested(innermost: string, levels: number, wide: number): Promise<string> {
  let tree = innermost;
  for (let level = 0; level < levels; level += 1)
    tree = await theirs(
      ['mktree'],
      Array.from({ length: wide }, (_, index) => `040000 tree ${tree}\t${index}\n`).join(''),
    );
  return tree;
}

async function treeWith(...contents: readonly Buffer[]): Promise<string> {
  for (const [index, content] of contents.entries()) await writeFile(join(repo, `file-${index}`), content);
  await theirs(['add', '--all']);
  return theirs(['write-tree']);
}

async function clone(commit: string, bounds: Partial<GitBounds> = {}): Promise<string> {
  const folder = join(dir, `clone-${count++}`);
  await mkdir(folder);
  await cloneAt(repo, commit, { folder, env, bounds: { ...GIT_BOUNDS, ...bounds } });
  return folder;
}

const MIB = 1024 * 1024;

describe('a repository that is more than a recipe', { timeout: 60_000 }, () => {
  it.each([
    {
      because: 'ten billion files in a few hundred bytes',
      make: async () => commitOf(await nested(await treeWith(Buffer.from('x')), 10, 10)),
      says: /more than 20000 files and folders/,
    },
    {
      because: 'ten billion folders without a file',
      make: async () => commitOf(await nested(await theirs(['mktree']), 10, 10)),
      says: /more than 20000 files and folders/,
    },
    {
      because: 'folders in each other without an end',
      make: async () => commitOf(await nested(await treeWith(Buffer.from('x')), 8, 1)),
      bounds: { depth: 6 },
      says: /more than 6 deep/,
    },
    {
      because: 'files that are small only where they are packed',
      make: async () => commitOf(await treeWith(Buffer.alloc(3 * MIB), Buffer.alloc(3 * MIB + 1))),
      bounds: { treeBytes: 5 * MIB },
      says: /more than 5 MiB together/,
    },
    {
      because: 'a pack that is too large',
      make: async () => commitOf(await treeWith(randomBytes(3 * MIB))),
      bounds: { fetchedBytes: 2 * MIB },
      says: /a file that git fetches has more than 2 MiB|came with more than 2 MiB/,
    },
    {
      because: 'more tags than anybody publishes',
      make: async () => {
        const commit = await commitOf(await treeWith(Buffer.from('x')));
        const tags = Array.from({ length: 300 }, (_, index) => `create refs/tags/t${index} ${commit}\n`);
        await theirs(['update-ref', '--stdin'], tags.join(''));
        return commit;
      },
      bounds: { fetchedFiles: 200 },
      says: /more than 200 files/,
    },
    {
      because: 'a file for which git needs more memory than it has',
      make: async () => {
        const commit = await commitOf(await treeWith(Buffer.alloc(15 * MIB)));
        await theirs(['repack', '-a', '-d', '--quiet']);
        return commit;
      },
      bounds: { memoryBytes: 14 * MIB },
      says: /more than 14 MiB of memory/,
    },
  ])('is refused before anything is checked out: $because', async ({ make, bounds, says }) => {
    const cloned = clone(await make(), bounds);
    await expect(cloned).rejects.toBeInstanceOf(RepositoryTooLarge);
    await expect(cloned).rejects.toMatchObject({
      reason: 'RepositoryTooLarge',
      message: expect.stringMatching(says) as string,
    });
    expect(await readdir(join(dir, `clone-${count - 1}`))).toEqual(['.git']);
  });

  it('is refused at every commit, not only at the first', async () => {
    const good = await commitOf(await treeWith(Buffer.from('x')));
    const bomb = await commitOf(await nested(await treeWith(Buffer.from('x')), 10, 10));
    const folder = await clone(good);
    await git(['fetch', '--quiet', repo, bomb], { cwd: folder, env });
    await expect(checkoutExactly(folder, bomb, env)).rejects.toBeInstanceOf(RepositoryTooLarge);
    expect(await readdir(folder)).toEqual(['.git', 'file-0']);
  });

  it('is taken up to its bounds', async () => {
    const folder = await clone(await commitOf(await nested(await treeWith(Buffer.from('x')), 3, 10)), {
      entries: 10 + 100 + 1_000 + 1_000,
      depth: 4,
      treeBytes: 1_000,
    });
    expect((await readdir(folder)).length).toBe(11);
  });
});

describe('git', () => {
  it('runs under limits, and with no power of root’s but reading', async () => {
    const show = ['-c', 'alias.show-me=!cat /proc/self/limits /proc/self/status', 'show-me'];
    const said = await git(show, { env });
    expect(said).toMatch(/Max file size +536870912 +536870912/);
    expect(said).toMatch(/Max data size +1073741824 +1073741824/);
    expect(said).toMatch(/Max cpu time +120 +120/);
    // CAP_DAC_READ_SEARCH is the third bit.
    if (process.getuid?.() !== 0) return;
    expect(said).toMatch(/CapEff:\t0000000000000004/);
    expect(said).toMatch(/CapBnd:\t0000000000000004/);
    expect(said).toMatch(/NoNewPrivs:\t1/);
  });

  it('ends with all that it started', async () => {
    const hang = git(['-c', `alias.hang=!sleep ${NAP} & sleep ${NAP}`, 'hang'], {
      env,
      bounds: { ...GIT_BOUNDS, timeoutMs: 500 },
    });
    await expect(hang).rejects.toBeInstanceOf(GitError);
    await expect(hang).rejects.toThrow('no answer within 0.5 s');
    await expect.poll(sleepers).toEqual([]);
  });

  it('answers no more than it may', async () => {
    const bounds = { ...GIT_BOUNDS, answerBytes: MIB };
    const asked = git(['-c', 'alias.flood=!cat /dev/zero', 'flood'], { env, bounds });
    await expect(asked).rejects.toThrow('it answered more than 1 MiB');
  });
});

async function sleepers(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.startsWith(`sleep\0${NAP}\0`));
}

/** Pull requests of the world: opened, pushed to, talked about and closed, as people do it. */
import { appendFile, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { waitUntil } from '../sandbox/processes.ts';
import { gitOf } from '../sandbox/repos.ts';
import { Comment, CommitStatus, PullRequest } from './schema.ts';
import { ADA, EVE, SETTLE_MS, setRemote, untilBranch, type World } from './world.ts';

/** Commits of pull requests are younger than those of any fixture; days after the first. */
const FIRST_DAY = 100;

/** What a commit does to the recipe's files. */
export type Change = (dir: string) => Promise<void>;

const harmless: Change = (dir) => appendFile(join(dir, 'README.md'), '\nOne more line.\n');

export interface Opened {
  /** The repository that it is against: `recipe-maintainers/tiny-web`. */
  readonly repository: string;
  readonly number: number;
  /** Who opened it. */
  readonly by: string;
  readonly branch: string;
  /** Where the branch is: the same repository, or a fork. */
  readonly from: string;
  /** A clone with the branch checked out. */
  readonly dir: string;
}

export interface OpenOptions {
  readonly repository: string;
  readonly branch: string;
  readonly title?: string;
  readonly change?: Change;
}

/** By ada, from a branch of the repository itself. */
export async function openPullRequest(world: World, options: OpenOptions): Promise<Opened> {
  return open(world, { ...options, by: ADA, from: options.repository });
}

/** By eve, from a fork. */
export async function openFromFork(world: World, options: OpenOptions): Promise<Opened> {
  const from = `${EVE}/${options.repository.split('/')[1]}`;
  const { status } = await world.as(EVE).ask('GET', `/repos/${from}`);
  if (status === 404) await world.as(EVE).must('POST', `/repos/${options.repository}/forks`, {});
  return open(world, { ...options, by: EVE, from });
}

async function open(world: World, options: OpenOptions & { by: string; from: string }): Promise<Opened> {
  const { repository, branch, by, from, title = `Change by ${by}`, change = harmless } = options;
  const dir = await mkdtemp(join(world.work, 'clone-'));
  await gitOf(dir, ['clone', '-q', `${world.server.url}/${repository}.git`, '.']);
  await gitOf(dir, ['checkout', '-q', '-b', branch]);
  await setRemote(world, { dir, repository: from, login: by });
  const sha = await push({ dir, branch, change });
  await untilBranch(world, { repository: from, branch, sha });
  const head = from === repository ? branch : `${by}:${branch}`;
  const made = await world.as(by).must('POST', `/repos/${repository}/pulls`, { head, base: 'main', title });
  return { repository, number: PullRequest.parse(made).number, by, branch, from, dir };
}

interface Push {
  readonly dir: string;
  readonly branch: string;
  readonly change: Change;
  readonly message?: string;
}

async function push({ dir, branch, change, message = `Change ${branch}` }: Push): Promise<string> {
  await change(dir);
  const day = FIRST_DAY + Number(await gitOf(dir, ['rev-list', '--count', 'HEAD']));
  await gitOf(dir, ['add', '--all']);
  await gitOf(dir, ['commit', '-q', '--allow-empty', '-m', message], day);
  await gitOf(dir, ['push', '-q', '--force', 'gitea', branch]);
  return gitOf(dir, ['rev-parse', 'HEAD']);
}

/** One more commit, and its sha, once the pull request shows it. */
export async function pushTo(world: World, opened: Opened, change: Change = harmless): Promise<string> {
  return untilHead(world, opened, await push({ ...opened, change }));
}

/** Another commit instead of the newest one. */
export async function forcePushTo(world: World, opened: Opened, change: Change = harmless): Promise<string> {
  const old = await gitOf(opened.dir, ['rev-parse', 'HEAD']);
  await gitOf(opened.dir, ['reset', '-q', '--hard', 'HEAD~1']);
  // Commits are the same every time that they are made; this one must not be the old one again.
  return untilHead(world, opened, await push({ ...opened, change, message: `Instead of ${old}` }));
}

async function untilHead(world: World, opened: Opened, sha: string): Promise<string> {
  const isShown = async (): Promise<boolean> => (await pullRequest(world, opened)).head.sha === sha;
  if (await waitUntil(isShown, SETTLE_MS)) return sha;
  throw new Error(`Pull request ${opened.number} of ${opened.repository} did not show the pushed ${sha}.`);
}

const pathOf = ({ repository, number }: Opened, kind: 'pulls' | 'issues'): string =>
  `/repos/${repository}/${kind}/${number}`;

export async function pullRequest(world: World, opened: Opened): Promise<PullRequest> {
  return PullRequest.parse(await world.as(ADA).must('GET', pathOf(opened, 'pulls')));
}

export async function comment(
  world: World,
  opened: Opened,
  { by, body }: { by: string; body: string },
): Promise<Comment> {
  return Comment.parse(await world.as(by).must('POST', `${pathOf(opened, 'issues')}/comments`, { body }));
}

/** Oldest first. */
export async function comments(world: World, opened: Opened): Promise<Comment[]> {
  return z.array(Comment).parse(await world.as(ADA).must('GET', `${pathOf(opened, 'issues')}/comments`));
}

export async function closePullRequest(world: World, opened: Opened): Promise<void> {
  await world.as(opened.by).must('PATCH', pathOf(opened, 'pulls'), { state: 'closed' });
}

/** The first 50 statuses that a commit got, oldest first; the newest of a context is the one that counts. */
export async function statuses(world: World, repository: string, sha: string): Promise<CommitStatus[]> {
  const path = `/repos/${repository}/commits/${sha}/statuses?limit=50`;
  const all = z.array(CommitStatus).parse(await world.as(ADA).must('GET', path));
  return all.sort((a, b) => a.id - b.id);
}

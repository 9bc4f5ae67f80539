/** git, for repositories that strangers wrote: no hooks, no submodules, no transports that run commands, no prompts. */
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { LIMITS, OVERLAY, PINS } from '../domain/recipe/overlay.ts';
import { codeOf, Terminal } from '../runtime/errors.ts';
import {
  BOUNDED_SETTINGS,
  boundedBy,
  GIT_BOUNDS,
  type GitBounds,
  limitMet,
  mib,
  RepositoryTooLarge,
  watchFolder,
} from './bounds.ts';
import { exceededBy } from './tree.ts';

const SAFE = [
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'protocol.ext.allow=never',
  '-c',
  'protocol.file.allow=always',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'advice.detachedHead=false',
  '-c',
  'safe.directory=*',
  ...BOUNDED_SETTINGS,
];

export interface GitOptions {
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
  /** For tests. */
  readonly bounds?: GitBounds;
}

/** A git call that failed: `said` is git's own last word. */
export class GitError extends Error {
  override readonly name = 'GitError';
  readonly said: string;
  constructor(args: readonly string[], said: string, options?: ErrorOptions) {
    super(`git ${args[0] ?? ''} failed: ${said}`, options);
    this.said = said;
  }
}

export async function git(args: readonly string[], options: GitOptions): Promise<string> {
  return bounded(args, options, { buffer: true });
}

interface Watched {
  /** Whether the answer is ours to return, or read by who watches. */
  readonly buffer: boolean;
  /** Runs beside git, and says what exceeds its bounds: git and all that it started end then. */
  readonly watch?: (answer: Readable, ended: AbortSignal) => Promise<string | null>;
}

async function bounded(
  args: readonly string[],
  options: GitOptions,
  { buffer, watch }: Watched,
): Promise<string> {
  const bounds = options.bounds ?? GIT_BOUNDS;
  const child = start(args, options, buffer);
  let timedOut = false;
  const late = setTimeout(() => {
    timedOut = true;
    endGroup(child.pid);
  }, bounds.timeoutMs);
  const ended = new AbortController();
  const watched = watch?.(child.stdout, ended.signal).then((exceeded) => {
    if (exceeded !== null) endGroup(child.pid);
    return exceeded;
  });
  // It is awaited when git has ended.
  watched?.catch(() => undefined);
  const result = await child;
  clearTimeout(late);
  ended.abort();
  const exceeded = (await watched) ?? (result.failed ? limitMet(result.stderr, bounds) : null);
  if (exceeded !== null) throw new RepositoryTooLarge(exceeded, { cause: result });
  if (!result.failed) return result.stdout ?? '';
  const said = timedOut ? `no answer within ${bounds.timeoutMs / 1000} s` : saidBy(result, bounds);
  throw new GitError(args, said, { cause: result });
}

/** git leads a process group of its own, because its helpers hold its pipes and outlive it. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- execa's type follows from the options
function start(args: readonly string[], { cwd, env, bounds = GIT_BOUNDS }: GitOptions, buffer: boolean) {
  const [program = '', ...before] = boundedBy(bounds, process.getuid?.() === 0);
  return execa(program, [...before, 'git', ...SAFE, ...args], {
    cwd,
    env: {
      ...env,
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_ALLOW_PROTOCOL: 'https:http:ssh:git:file',
      LC_ALL: 'C',
    },
    extendEnv: false,
    stdin: 'ignore',
    detached: true,
    buffer: { stdout: buffer, stderr: true },
    maxBuffer: bounds.answerBytes,
    reject: false,
    stripFinalNewline: true,
  });
}

function saidBy(
  { isMaxBuffer, stderr, shortMessage }: { isMaxBuffer: boolean; stderr: string; shortMessage?: string },
  bounds: GitBounds,
): string {
  if (isMaxBuffer) return `it answered more than ${mib(bounds.answerBytes)}`;
  return stderr.trim().split('\n').at(-1) || (shortMessage ?? 'no message');
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

/** Packs, branches and tags are the sender's to choose: they are counted while they come. */
export async function fetchInto(
  folder: string,
  from: readonly string[],
  options: Omit<GitOptions, 'cwd'>,
): Promise<void> {
  const args = ['fetch', '--quiet', '--no-recurse-submodules', ...from];
  const bounds = options.bounds ?? GIT_BOUNDS;
  await bounded(
    args,
    { ...options, cwd: folder },
    { buffer: true, watch: (_answer, ended) => watchFolder(folder, bounds, ended) },
  );
}

/** Before a commit is checked out, or listed: a RepositoryTooLarge where it is more than a recipe can be. */
export async function needFits(commit: string, options: GitOptions): Promise<void> {
  const bounds = options.bounds ?? GIT_BOUNDS;
  const list = ['ls-tree', '-r', '-t', '-l', '-z', '--full-tree', commit];
  await bounded(list, options, { buffer: false, watch: (answer) => exceededBy(answer, bounds) });
}

/** A repository that answered, and does not have what was asked for. */
export class RefNotFound extends Terminal {
  /** Branches that it has. */
  readonly heads: readonly string[];
  constructor(repo: string, ref: string, heads: readonly string[]) {
    super(
      'RefNotFound',
      `"${ref}" is no branch, tag or full commit of ${repo}. List them with \`git ls-remote ${repo}\`.`,
    );
    this.heads = heads;
  }
}

const SHA = /^[0-9a-f]{40}$/;

/** The commit that a branch, a tag or a full sha names in a repository, now. An annotated tag is followed to its commit. */
export async function resolveRef(
  repo: string,
  ref: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  if (SHA.test(ref)) return ref;
  const lines = (await git(['ls-remote', '--', repo], { env })).split('\n').map((line) => line.split('\t'));
  for (const wanted of [`refs/heads/${ref}`, `refs/tags/${ref}^{}`, `refs/tags/${ref}`, ref]) {
    const found = lines.find(([, name]) => name === wanted)?.[0];
    if (found !== undefined) return found;
  }
  const short = /^[0-9a-f]{7,39}$/.test(ref) ? lines.find(([sha]) => sha?.startsWith(ref))?.[0] : undefined;
  if (short !== undefined) return short;
  const heads = lines.flatMap(([, name]) => /^refs\/heads\/(.+)$/.exec(name ?? '')?.[1] ?? []);
  throw new RefNotFound(repo, ref, heads);
}

export interface CloneTo {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where versions are published, if not there: a fork's tags are its owner's to choose. */
  readonly published?: string;
  readonly bounds?: GitBounds;
}

/** A clone at exactly one commit, with all published tags and no other, in a new folder; its `origin` is where they are published. */
export async function cloneAt(repo: string, commit: string, to: CloneTo): Promise<void> {
  const { folder, published = repo, ...how } = to;
  const here = { ...how, cwd: folder };
  await git(['init', '--quiet', '--initial-branch=main', '--', folder], how);
  await git(['remote', 'add', 'origin', published], here);
  const heads = ['+refs/heads/*:refs/remotes/origin/*'];
  const tags = ['+refs/tags/*:refs/tags/*'];
  if (published === repo) {
    await fetchInto(folder, ['origin', ...heads, ...tags], how);
  } else {
    await fetchInto(folder, ['--no-tags', repo, ...heads], how);
    await fetchInto(folder, ['--no-tags', 'origin', ...tags], how);
  }
  const isThere = await succeeds(['cat-file', '-e', `${commit}^{commit}`], here);
  if (!isThere) await fetchInto(folder, ['--no-tags', repo, commit], how);
  await needFits(commit, here);
  await git(['checkout', '--quiet', '--force', '-B', 'main', commit], here);
}

/** Whether git answers with success; what it says is of no interest. */
export async function succeeds(args: readonly string[], options: GitOptions): Promise<boolean> {
  try {
    await git(args, options);
    return true;
  } catch (error) {
    if (error instanceof GitError) return false;
    throw error;
  }
}

/** Puts the work tree back to exactly one commit, whatever moved it. */
export async function checkoutExactly(
  folder: string,
  commit: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  await needFits(commit, { cwd: folder, env });
  await git(['checkout', '--quiet', '--force', '-B', 'main', commit], { cwd: folder, env });
  // What cc-ci added is not the recipe's, and stays.
  const kept = [OVERLAY, PINS, LIMITS].flatMap((name) => ['-e', `/${name}`]);
  await git(['clean', '--quiet', '-ffdx', ...kept], { cwd: folder, env });
}

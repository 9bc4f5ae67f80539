/** git, for repositories that strangers wrote: no hooks, no submodules, no transports that run commands, no prompts. */
import { execa } from 'execa';
import { OVERLAY, PINS } from '../domain/recipe/overlay.ts';
import { Terminal } from '../runtime/errors.ts';

const LIMIT_MS = 120_000;

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
];

export interface GitOptions {
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
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
  const result = await execa('git', [...SAFE, ...args], {
    cwd: options.cwd,
    env: {
      ...options.env,
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_ALLOW_PROTOCOL: 'https:http:ssh:git:file',
      LC_ALL: 'C',
    },
    extendEnv: false,
    stdin: 'ignore',
    timeout: LIMIT_MS,
    reject: false,
    stripFinalNewline: true,
  });
  if (result.failed) {
    const said = result.timedOut
      ? `no answer within ${LIMIT_MS / 1000} s`
      : result.stderr.trim().split('\n').at(-1) || (result.shortMessage ?? 'no message');
    throw new GitError(args, said, { cause: result });
  }
  return result.stdout;
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

/** A clone at exactly one commit, with all tags, in a new folder. */
export async function cloneAt(
  repo: string,
  commit: string,
  at: { folder: string; env: Readonly<Record<string, string>> },
): Promise<void> {
  const here = { cwd: at.folder, env: at.env };
  await git(['init', '--quiet', '--initial-branch=main', '--', at.folder], { env: at.env });
  await git(['remote', 'add', 'origin', repo], here);
  await git(
    [
      'fetch',
      '--quiet',
      '--no-recurse-submodules',
      'origin',
      '+refs/heads/*:refs/remotes/origin/*',
      '+refs/tags/*:refs/tags/*',
    ],
    here,
  );
  if (!(await hasCommit(commit, here)))
    await git(['fetch', '--quiet', '--no-recurse-submodules', 'origin', commit], here);
  await git(['checkout', '--quiet', '--force', '-B', 'main', commit], here);
}

async function hasCommit(commit: string, options: GitOptions): Promise<boolean> {
  try {
    await git(['cat-file', '-e', `${commit}^{commit}`], options);
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
  await git(['checkout', '--quiet', '--force', '-B', 'main', commit], { cwd: folder, env });
  // What cc-ci added is not the recipe's, and stays.
  await git(['clean', '--quiet', '-ffdx', '-e', `/${OVERLAY}`, '-e', `/${PINS}`], { cwd: folder, env });
}

/** What git does for a mirror: from upstream into a folder, and from there to the mirror. */
import { fetchInto, git, GitError, succeeds } from '../git/git.ts';
import { Terminal } from '../runtime/errors.ts';

type Environment = Readonly<Record<string, string>>;

/** By name, each with what it points to: a commit, or the object of an annotated tag. */
export type Refs = ReadonlyMap<string, string>;

export const MAIN = 'refs/heads/main';
/** Where the commit of a pull request lies in the folder. */
const CHANGE = 'refs/ccci/change';
/** And what its branch on the mirror has now. */
const THERE = 'refs/ccci/there';

/** A bare repository with upstream's branch as `main`, and its tags. */
export async function fetchUpstream(folder: string, upstream: string, env: Environment): Promise<Refs> {
  const branch = await mainOf(upstream, env);
  await git(['init', '--quiet', '--bare', '--initial-branch=main', '--', folder], { env });
  await fetchInto(folder, ['--', upstream, `+${branch}:${MAIN}`, '+refs/tags/*:refs/tags/*'], { env });
  return refsIn(
    await git(['for-each-ref', '--format=%(objectname)\t%(refname)', MAIN, 'refs/tags'], {
      cwd: folder,
      env,
    }),
  );
}

/** `main` where there is one, else the branch that a clone would check out. */
async function mainOf(upstream: string, env: Environment): Promise<string> {
  const said = await git(['ls-remote', '--symref', '--', upstream, 'HEAD', MAIN], { env });
  if (refsIn(said).has(MAIN)) return MAIN;
  const head = /^ref: (refs\/heads\/\S+)\tHEAD$/m.exec(said)?.[1];
  if (head === undefined)
    throw new Terminal('UpstreamEmpty', `${upstream} has no branch "main", and no other to take for it.`);
  return head;
}

/** Branches and tags that the other side has now. */
export async function remoteRefs(url: string, env: Environment): Promise<Refs> {
  return refsIn(await git(['ls-remote', '--heads', '--tags', '--', url], { env }));
}

/** Lines of `<object>\t<name>`, without the commits behind annotated tags. */
function refsIn(text: string): Refs {
  const pairs = text.split('\n').map((line) => line.split('\t'));
  return new Map(
    pairs.flatMap(([object = '', name = '']) =>
      name === '' || name.endsWith('^{}') ? [] : [[name, object] as const],
    ),
  );
}

/** Overwrites: what upstream has is what the mirror is to have. */
export async function pushRefs(
  folder: string,
  url: string,
  how: { refs: readonly string[]; env: Environment },
): Promise<void> {
  const tags = how.refs.some((name) => name.startsWith('refs/tags/')) ? ['+refs/tags/*:refs/tags/*'] : [];
  const main = how.refs.includes(MAIN) ? [`+${MAIN}:${MAIN}`] : [];
  await push(['--', url, ...main, ...tags], { cwd: folder, env: how.env });
}

export interface Change {
  /** A folder or an address that has the commit. */
  readonly from: string;
  readonly commit: string;
  readonly branch: string;
  readonly force: boolean;
}

/** Brings the commit into the folder. Returns the first line of its message. Throws where it cannot be proposed to `main`. */
export async function fetchChange(
  folder: string,
  { from, commit }: Change,
  env: Environment,
): Promise<string> {
  await fetchInto(folder, ['--no-tags', '--', from, `+${commit}:${CHANGE}`], { env });
  const here = { cwd: folder, env };
  if (!(await succeeds(['merge-base', MAIN, CHANGE], here)))
    throw new Terminal(
      'NoCommonHistory',
      `${commit.slice(0, 12)} has no commit in common with upstream’s main.`,
    );
  if (await succeeds(['merge-base', '--is-ancestor', CHANGE, MAIN], here))
    throw new Terminal('NothingToPropose', `${commit.slice(0, 12)} is part of upstream’s main already.`);
  return git(['log', '-1', '--format=%s', CHANGE], here);
}

/** A branch that holds what the change does not is overwritten only by force. `there` is the commit that it has now. */
export async function pushChange(
  folder: string,
  url: string,
  { change, there, env }: { change: Change; there: string | undefined; env: Environment },
): Promise<void> {
  const { branch, force } = change;
  const here = { cwd: folder, env };
  if (there !== undefined && !force) {
    await fetchInto(folder, ['--no-tags', '--', url, `+refs/heads/${branch}:${THERE}`], { env });
    if (!(await succeeds(['merge-base', '--is-ancestor', THERE, CHANGE], here)))
      throw new Terminal(
        'BranchDiffers',
        `The branch "${branch}" of the mirror has commits that this change has not. Take another --branch, or overwrite it with --force.`,
      );
  }
  // Whoever pushes at the same moment is not overwritten, neither by force nor without.
  const lease = `--force-with-lease=refs/heads/${branch}:${there ?? ''}`;
  await push([lease, '--', url, `${CHANGE}:refs/heads/${branch}`], here);
}

/** What the other side refused, and why, is in lines of git's that are not the last. */
async function push(words: readonly string[], here: { cwd: string; env: Environment }): Promise<void> {
  try {
    await git(['push', '--quiet', ...words], here);
  } catch (error) {
    const why = error instanceof GitError ? refusedRefs(error.cause) : [];
    if (why.length === 0) throw error;
    throw new Terminal('PushRefused', `The mirror refused the push: ${why.join('; ')}.`, { cause: error });
  }
}

function refusedRefs(cause: unknown): string[] {
  if (typeof cause !== 'object' || cause === null || !('stderr' in cause)) return [];
  const lines = String(cause.stderr).matchAll(/^ ! \[(?:remote )?rejected\]\s+(.+)$/gm);
  return [...lines].slice(0, 5).map(([, line = '']) => line.slice(0, 200));
}

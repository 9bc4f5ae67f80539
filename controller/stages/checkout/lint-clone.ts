/** A pristine clone for lint, and versions of the recipe read from its git objects: nothing of a stranger's tree is opened as a file. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from '../../domain/recipe/dotenv.ts';
import type { Env } from '../../domain/recipe/interpolate.ts';
import { composePathsOf, optionalComposes, type RecipeFiles } from '../../domain/recipe/recipe-at.ts';
import { entryAt, type RecipeTree, treeEntriesOf } from '../../domain/recipe/git-tree.ts';
import type { TagSeen } from '../../domain/lint/version.ts';
import type { App, Step } from '../step/context.ts';
import { fetchInto, git, GitError, type GitOptions, needFits } from '../../git/git.ts';
import { StageFailure } from '../step/report.ts';

/** As prepare's limit; what is larger is not read. */
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_LINK_BYTES = 4096;
/** Of links and of compose files: a recipe has a few. */
const MAX_READ = 100;

export interface LintClone {
  /** An ABRA_DIR of its own, gone with the run's. */
  readonly abraDir: string;
  readonly dir: string;
}

/** The commit under test as `main`, with upstream's tags and no other: what abra finds in a clone that nobody worked in. */
export async function makeLintClone(context: App & Step, commit: string): Promise<LintClone> {
  const { checkout, env, layout, request, signal } = context;
  const abraDir = join(layout.abraDir(request.uid), 'lint');
  const dir = join(abraDir, 'recipes', request.recipe);
  await rm(abraDir, { recursive: true, force: true });
  for (const folder of [dir, join(abraDir, 'servers')]) await mkdir(folder, { recursive: true, mode: 0o700 });
  const { repo, upstream } = request.settings.source;
  const here = { cwd: dir, env };
  await git(['init', '--quiet', '--initial-branch=main', '--', dir], { env });
  await fetchInto(dir, ['--no-tags', checkout, commit], { env });
  signal.throwIfAborted();
  await fetchTags(dir, upstream ?? checkout, { env, shown: upstream ?? repo });
  await git(['remote', 'add', 'origin', upstream ?? repo], here);
  await git(['update-ref', 'refs/remotes/origin/main', commit], here);
  await git(['checkout', '--quiet', '--force', '-B', 'main', commit], here);
  return { abraDir, dir };
}

async function fetchTags(
  dir: string,
  from: string,
  { env, shown }: Pick<GitOptions, 'env'> & { readonly shown: string },
): Promise<void> {
  try {
    await fetchInto(dir, ['--no-tags', from, '+refs/tags/*:refs/tags/*'], { env });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new StageFailure(
      'infra',
      {
        reason: 'TagsNotFetched',
        message: `The published tags could not be fetched from ${shown}.`,
        evidence: error.said,
        nextStep: `Try \`git ls-remote --tags ${shown}\` on this machine.`,
      },
      { cause: error },
    );
  }
}

export async function listTags(here: GitOptions): Promise<TagSeen[]> {
  const format = '--format=%(refname:strip=2) %(objectname) %(*objectname)';
  const lines = (await git(['for-each-ref', format, 'refs/tags'], here)).split('\n');
  return lines.flatMap((line) => {
    const [name = '', object = '', commit = ''] = line.split(' ');
    return name === '' ? [] : [{ name, commit: commit === '' ? object : commit }];
  });
}

/** Everything of one commit that lint looks at. */
export async function readVersion(here: GitOptions, commit: string, overrides: Env): Promise<RecipeFiles> {
  const tree = await readTree(here, commit);
  const texts = new Map<string, string>();
  const read = async (path: string): Promise<void> => {
    const text = await readText(here, tree, path);
    if (text !== null) texts.set(path, text);
  };
  await read('.env.sample');
  await read('abra.sh');
  const { env } = parseEnv(texts.get('.env.sample') ?? '');
  const composes = new Set([...composePathsOf({ ...env, ...overrides }), ...optionalComposes(tree)]);
  for (const path of [...composes].slice(0, MAX_READ)) await read(path);
  return { tree, texts };
}

async function readTree(here: GitOptions, commit: string): Promise<RecipeTree> {
  await needFits(commit, here);
  const entries = treeEntriesOf(await git(['ls-tree', '-r', '-l', '-z', '--full-tree', commit], here));
  const links = entries.filter(({ kind, bytes }) => kind === 'link' && bytes <= MAX_LINK_BYTES);
  const targets = new Map<string, string>();
  for (const { path, id } of links.slice(0, MAX_READ)) targets.set(path, await blob(here, id));
  return { entries: new Map(entries.map((entry) => [entry.path, entry])), links: targets };
}

/** Null where it is not there, or no text of a sane size. */
export async function readText(here: GitOptions, tree: RecipeTree, path: string): Promise<string | null> {
  const entry = entryAt(tree, path);
  return entry === null || entry.bytes > MAX_FILE_BYTES ? null : blob(here, entry.id);
}

/** By its id, so that no path of a stranger becomes an argument. */
async function blob(here: GitOptions, id: string): Promise<string> {
  return git(['cat-file', 'blob', id], here);
}

/** A pristine clone for lint, and versions of the recipe read from its git objects: nothing of a stranger's tree is opened as a file. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from '../../domain/recipe/dotenv.ts';
import type { Env } from '../../domain/recipe/interpolate.ts';
import { composePathsOf, optionalComposes, type RecipeFiles } from '../../domain/recipe/recipe-at.ts';
import type { TagSeen } from '../../domain/recipe/base-version.ts';
import type { App, Step } from '../step/context.ts';
import { fetchInto, git, GitError, type GitOptions } from '../../git/git.ts';
import { StageFailure } from '../step/report.ts';
import { readText, readTree } from './commit-files.ts';

/** Of compose files: a recipe has a few. */
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
    throw tagsNotFetched(shown, error);
  }
}

export function tagsNotFetched(from: string, error: GitError): StageFailure {
  return new StageFailure(
    'infra',
    {
      reason: 'TagsNotFetched',
      message: `The published tags could not be fetched from ${from}.`,
      evidence: error.said,
      nextStep: `Try \`git ls-remote --tags ${from}\` on this machine.`,
    },
    { cause: error },
  );
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

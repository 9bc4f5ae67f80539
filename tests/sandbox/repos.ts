import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { z } from 'zod';
import { PROJECT_ROOT } from './paths.ts';

const RECIPES = join(PROJECT_ROOT, 'tests/fixtures/recipes');
/** The first version's date; each later one is a day younger, so that every making gives the same commits. */
const EPOCH = Date.UTC(2026, 0, 1, 12);
const DAY_MS = 24 * 3600 * 1000;
/** Beside the repository's own files in .git: which commits and tags it was made with. */
const STAMP = 'ccci-fixture.json';

const Fixture = z.strictObject({
  versions: z
    .array(
      z.strictObject({
        folder: z.coerce.string(),
        /** null for a commit beyond the newest tag. */
        tag: z.string().nullable(),
        annotated: z.boolean().default(true),
      }),
    )
    .min(1),
});
type Version = z.infer<typeof Fixture>['versions'][number];

export interface RecipeRepo {
  path: string;
  /** Commit of `main`. */
  head: string;
  /** Tag to commit. */
  tags: Record<string, string>;
}

/**
 * Makes `<into>/<recipe>`, a git repository with one commit a version: the same commits every time.
 * One that was made before and is as it was made is left; one that was changed since is made anew.
 */
export async function makeRecipeRepo(recipe: string, into: string): Promise<RecipeRepo> {
  return replaceUnlessSame(join(into, recipe), (dir) => commitVersions(recipe, dir));
}

export interface VariantOptions {
  /** A recipe of tests/fixtures/recipes. */
  base: string;
  /** Name of the new repository's folder. */
  name: string;
  into: string;
}

/** A recipe's whole history and one more commit on `main` with what `edit` does to the files. */
export async function makeVariantRepo(
  { base, name, into }: VariantOptions,
  edit: (dir: string) => Promise<void>,
): Promise<RecipeRepo> {
  return replaceUnlessSame(join(into, name), async (dir) => {
    const count = await commitVersions(base, dir);
    await edit(dir);
    await commit(dir, `Change ${name}`, count);
  });
}

/** Made aside and then moved, so that nobody ever sees half a repository. */
async function replaceUnlessSame(path: string, make: (dir: string) => Promise<unknown>): Promise<RecipeRepo> {
  await mkdir(join(path, '..'), { recursive: true });
  const scratch = await mkdtemp(`${path}.new-`);
  await chmod(scratch, 0o755);
  try {
    await make(scratch);
    const made = await readRepo(scratch);
    await writeFile(join(scratch, '.git', STAMP), JSON.stringify(made));
    if (!(await isAsMade(path, made))) {
      await rm(path, { recursive: true, force: true });
      await rename(scratch, path);
    }
    return { path, ...made };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function isAsMade(path: string, made: Omit<RecipeRepo, 'path'>): Promise<boolean> {
  if (!existsSync(join(path, '.git', STAMP))) return false;
  const now = JSON.stringify(await readRepo(path));
  return (
    now === JSON.stringify(made) &&
    (await gitOf(path, ['--no-optional-locks', 'status', '--porcelain'])) === ''
  );
}

async function commitVersions(recipe: string, dir: string): Promise<number> {
  const versions = await readVersions(recipe);
  await gitOf(dir, ['init', '-q', '-b', 'main']);
  for (const [index, version] of versions.entries()) {
    await replaceFiles(dir, join(RECIPES, recipe, version.folder));
    await commit(dir, messageOf(version), index);
    await tag(dir, version, index);
  }
  return versions.length;
}

async function readVersions(recipe: string): Promise<Version[]> {
  const file = join(RECIPES, recipe, 'fixture.yaml');
  if (!existsSync(file)) throw new Error(`There is no fixture recipe "${recipe}": ${file} is missing.`);
  return Fixture.parse(parse(await readFile(file, 'utf8'))).versions;
}

async function replaceFiles(dir: string, from: string): Promise<void> {
  const old = (await readdir(dir)).filter((name) => name !== '.git');
  await Promise.all(old.map((name) => rm(join(dir, name), { recursive: true })));
  await cp(from, dir, { recursive: true });
}

function messageOf({ tag: name }: Version): string {
  return name === null ? 'Work beyond the newest release' : `chore: publish ${name} release`;
}

async function commit(dir: string, message: string, index: number): Promise<void> {
  await gitOf(dir, ['add', '--all', '--force'], index);
  await gitOf(dir, ['commit', '-q', '--allow-empty', '-m', message], index);
}

async function tag(dir: string, { tag: name, annotated }: Version, index: number): Promise<void> {
  if (name === null) return;
  const kind = annotated ? ['-a', '-m', `chore: publish ${name} release`] : [];
  await gitOf(dir, ['tag', ...kind, name], index);
}

async function readRepo(dir: string): Promise<Omit<RecipeRepo, 'path'>> {
  const head = await gitOf(dir, ['rev-parse', 'refs/heads/main']);
  const names = (await gitOf(dir, ['tag', '--list'])).split('\n').filter(Boolean);
  const commits = names.map(
    async (name) => [name, await gitOf(dir, ['rev-parse', `${name}^{commit}`])] as const,
  );
  return { head, tags: Object.fromEntries(await Promise.all(commits)) };
}

/** Nothing of the machine's or the user's git configuration gets into a commit. `index`: days after the first commit. */
export async function gitOf(dir: string, args: readonly string[], index = 0): Promise<string> {
  const date = new Date(EPOCH + index * DAY_MS).toISOString();
  const person = (role: string) => ({
    [`GIT_${role}_NAME`]: 'Recipe Maintainer',
    [`GIT_${role}_EMAIL`]: 'maintainer@example.com',
    [`GIT_${role}_DATE`]: date,
  });
  const config = ['core.autocrlf=false', 'core.fileMode=true', 'maintenance.auto=false'];
  const { stdout } = await execa('git', [...config.flatMap((each) => ['-c', each]), ...args], {
    cwd: dir,
    extendEnv: false,
    env: {
      PATH: process.env['PATH'],
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_SYSTEM: '/dev/null',
      GIT_DEFAULT_HASH: 'sha1',
      ...person('AUTHOR'),
      ...person('COMMITTER'),
    },
  });
  return stdout;
}

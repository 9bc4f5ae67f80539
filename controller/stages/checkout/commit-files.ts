/** Files of a commit read from git's objects: nothing of a stranger's tree is checked out or opened as a file. */
import { entryAt, type RecipeTree, treeEntriesOf } from '../../domain/recipe/git-tree.ts';
import { git, type GitOptions, needFits } from '../../git/git.ts';

/** As prepare's limit; what is larger is not read. */
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_LINK_BYTES = 4096;
/** Of links: a recipe has a few. */
const MAX_READ = 100;

/** Counted first: a RepositoryTooLarge where it is more than a recipe can be. */
export async function readTree(here: GitOptions, commit: string): Promise<RecipeTree> {
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

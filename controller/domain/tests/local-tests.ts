/** The tests that a recipe's own repository brings, found by where they lie and what they are called. Pure. */
import type { TreeEntry } from '../recipe/git-tree.ts';

export type LocalKind = 'vitest' | 'pytest' | 'bats' | 'executable';

export interface LocalTestFile {
  /** Relative to the recipe: `tests/smoke.bats`. */
  readonly path: string;
  readonly kind: LocalKind;
}

export interface LocalTests {
  /** By path. */
  readonly files: readonly LocalTestFile[];
  /** What lies in `tests/` itself and is no test: said where there is no test at all, for it may be a misnamed one. */
  readonly others: readonly string[];
}

export const LOCAL_TESTS_DIR = 'tests';

/** What others wrote, and what tests use. */
const NOT_TESTS = /(?:^|\/)(?:[._][^/]*|node_modules|vendor|fixtures|test_helper)\//;

const BY_NAME: readonly (readonly [LocalKind, RegExp])[] = [
  ['vitest', /\.(?:test|spec)\.[cm]?[jt]s$/],
  ['pytest', /(?:^|\/)(?:test_[^/]*|[^/]*_test)\.py$/],
  ['bats', /\.bats$/],
];

/** Of everything in the commit. */
export function localTestsOf(entries: readonly TreeEntry[]): LocalTests {
  const here = entries
    .filter(({ path }) => path.startsWith(`${LOCAL_TESTS_DIR}/`))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const files = here.flatMap((entry) => {
    const kind = kindOf(entry);
    return kind === null ? [] : [{ path: entry.path, kind }];
  });
  const found = new Set(files.map(({ path }) => path));
  return { files, others: here.map(({ path }) => path).filter((path) => isTop(path) && !found.has(path)) };
}

function kindOf({ path, kind, executable }: TreeEntry): LocalKind | null {
  if (kind === 'link' || NOT_TESTS.test(path.slice(LOCAL_TESTS_DIR.length + 1))) return null;
  const named = BY_NAME.find(([, pattern]) => pattern.test(path));
  if (named !== undefined) return named[0];
  // Deeper down they are what tests call.
  return executable && isTop(path) && !/\/(?:[._][^/]*|conftest\.py|vitest\.config\.[cm]?[jt]s)$/.test(path)
    ? 'executable'
    : null;
}

function isTop(path: string): boolean {
  return path.split('/').length === 2;
}

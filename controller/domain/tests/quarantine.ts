/** Which entries of a RecipeSpec's quarantine are in force, and what they say of tests. Pure. */
import type { Quarantined } from '../../api/quarantine.ts';
import { STAGES, type StageName, type TestCase } from '../../api/stage.ts';
import { nearest } from '../text/nearest.ts';

type Entries = readonly Quarantined[];

const DAY_MS = 24 * 60 * 60_000;
const MOST_DAYS = 90;

export type Standing = 'in force' | 'ended' | 'too far ahead';

/** The last day counts as a whole. */
export function standingOf({ until }: Pick<Quarantined, 'until'>, now: Date): Standing {
  const day = Date.parse(`${until}T00:00:00Z`);
  if (now.getTime() >= day + DAY_MS) return 'ended';
  return day > now.getTime() + MOST_DAYS * DAY_MS ? 'too far ahead' : 'in force';
}

/** The stage in which a test of this name runs, or null if it is none of the recipe's own: the floor is never quarantined. */
export function stageOfTest(recipe: string, test: string): StageName | null {
  if (test.startsWith('tests/')) return 'test';
  const file = test.slice(0, test.indexOf(': '));
  const own = (stage: StageName): boolean =>
    [`${recipe}/${stage}.test.ts`, `${recipe}/playwright/${stage}.test.ts`].includes(file);
  return STAGES.find(own) ?? null;
}

export interface QuarantineNow {
  readonly inForce: Entries;
  /** Why the others are not. */
  readonly warnings: readonly string[];
}

export function quarantineNow(entries: Entries, at: { recipe: string; now: Date }): QuarantineNow {
  const judged = entries.map((entry) => ({ entry, problem: problemOf(entry, at) }));
  return {
    inForce: judged.filter(({ problem }) => problem === null).map(({ entry }) => entry),
    warnings: judged.flatMap(({ problem }) => (problem === null ? [] : [problem])),
  };
}

function problemOf({ test, until }: Quarantined, at: { recipe: string; now: Date }): string | null {
  const said = `The quarantine of "${test}" does not count:`;
  if (stageOfTest(at.recipe, test) === null)
    return `${said} only tests in tests/recipes/${at.recipe} and in tests/ of the recipe itself can be quarantined.`;
  const standing = standingOf({ until }, at.now);
  if (standing === 'ended') return `${said} it ended on ${until}.`;
  if (standing === 'too far ahead') return `${said} ${until} is more than ${MOST_DAYS} days ahead.`;
  return null;
}

/** As an entry names it. */
export function fullName({ file, name }: Pick<TestCase, 'file' | 'name'>): string {
  return `${file}: ${name}`;
}

/** What pytest says of a file that does not load is no test. */
const NO_TEST = '(loading the file)';

export function marked(tests: readonly TestCase[], inForce: Entries): TestCase[] {
  const names = new Set(inForce.map(({ test }) => test));
  return tests.map((test) =>
    test.name !== NO_TEST && names.has(fullName(test)) ? { ...test, quarantined: true } : test,
  );
}

export function isRed({ state, quarantined }: TestCase): boolean {
  return state === 'failed' && quarantined !== true;
}

export function isExcused({ state, quarantined }: TestCase): boolean {
  return state === 'failed' && quarantined === true;
}

/** '' where none failed. */
export function excusedText(tests: readonly TestCase[], inForce: Entries): string {
  const failed = tests.filter(isExcused).map((test) => {
    const until = inForce.find((entry) => entry.test === fullName(test))?.until;
    return `${fullName(test)}, until ${until}`;
  });
  if (failed.length === 0) return '';
  return `${failed.length} quarantined ${failed.length === 1 ? 'test' : 'tests'} failed: ${failed.join('; ')}.`;
}

/** What became of a test in a run that is said to show its flake. */
export interface FlakeSeen {
  readonly commit: string;
  readonly states: readonly TestCase['state'][];
}

/** It failed and passed on one commit. */
export function isFlake(seen: readonly FlakeSeen[]): boolean {
  const commitsOf = (state: TestCase['state']): string[] =>
    seen.filter(({ states }) => states.includes(state)).map(({ commit }) => commit);
  const passed = new Set(commitsOf('passed'));
  return commitsOf('failed').some((commit) => passed.has(commit));
}

/** Entries for this stage whose test did not run: misspelt, renamed, or no longer there. */
export function unmatched(
  inForce: Entries,
  { recipe, stage, ran }: { recipe: string; stage: StageName; ran: readonly TestCase[] },
): string[] {
  const names = ran.map(fullName);
  return inForce
    .filter(({ test }) => stageOfTest(recipe, test) === stage && !names.includes(test))
    .map(({ test }) => {
      const near = nearest(test, names);
      const hint = near === null ? '' : ` Did you mean "${near}"?`;
      return `The quarantine names a test that did not run: "${test}".${hint}`;
    });
}

/** What commits may do to the ledgers, and which of their changes to tests a reviewer should see. Pure. */

/** A commit beside what it changed. */
export interface Change {
  readonly commit: string;
  readonly subject: string;
  readonly files: readonly FileChange[];
}

export interface FileChange {
  readonly path: string;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

const APPEND_ONLY = ['JOURNAL.md', 'REVIEW.md', 'docs/DEFERRED.md'];
/** What a reviewer may touch. */
const OF_REVIEWS = ['REVIEW.md', 'BACKLOG.md'];

const isReview = ({ subject }: Change): boolean => /^review\([A-Z]+\d+\): \S/.test(subject);
const isClaim = ({ subject }: Change): boolean => /^claim\([A-Z]+\d+\): \S/.test(subject);
const touches = ({ files }: Change, path: string): FileChange | undefined =>
  files.find((file) => file.path === path);

/** A ticked box is the same line otherwise. */
const unticked = (line: string): string => line.replace(/^- \[[ x]\]/, '- [ ]');

/** Of everything since the base as one change: what was not published yet may still be said better. */
export function appendProblems(since: Pick<Change, 'files'>): string[] {
  return since.files
    .filter(({ path }) => APPEND_ONLY.includes(path))
    .flatMap(({ path, removed, added }) =>
      removed
        .filter((line) => line.trim() !== '' && !isTicked(path, line, added))
        .map((line) => `${path} only grows, and lacks what was published: ${line.slice(0, 100)}`),
    );
}

function isTicked(path: string, line: string, added: readonly string[]): boolean {
  return path === 'docs/DEFERRED.md' && added.map(unticked).includes(unticked(line));
}

function gateProblems(change: Change): string[] {
  const added = touches(change, 'STATUS.md')?.added ?? [];
  const claims = added.some((line) => /^Gate: .*CLAIMED/.test(line));
  if (claims === isClaim(change)) return [];
  return claims
    ? [`${said(change)} claims a gate: its subject begins "claim(<id>): ".`]
    : [`${said(change)} is a claim, and STATUS.md has no gate of it.`];
}

const isFinding = (line: string): boolean => line.includes('[adversary]');

function reviewProblems(change: Change): string[] {
  const backlog = touches(change, 'BACKLOG.md');
  const findings = [...(backlog?.removed ?? []), ...(backlog?.added ?? [])].some(isFinding);
  const review = touches(change, 'REVIEW.md') !== undefined;
  const foreign = change.files.map(({ path }) => path).filter((path) => !OF_REVIEWS.includes(path));
  return [
    ...((review || findings) && !isReview(change)
      ? [`${said(change)} writes what only the reviewer writes: its subject begins "review(<id>): ".`]
      : []),
    ...(isReview(change) && foreign.length > 0
      ? [`${said(change)} is a review, and changes ${foreign.join(', ')}.`]
      : []),
  ];
}

const said = ({ commit, subject }: Change): string => `${commit.slice(0, 8)} "${subject}"`;

/** What no commit may do. */
export function commitProblems(changes: readonly Change[]): string[] {
  return changes.flatMap((change) => [...gateProblems(change), ...reviewProblems(change)]);
}

const TEST = /(?:^|\/)tests\/.*\.ts$|\.test\.ts$/;
const ASSERTS = /\bexpect(?:\.\w+)?\(/;
const SKIPS = /\.(?:skip|skipIf|todo|only)\b|\bskip\(/;

/** Fewer assertions in a file, or more skips: no fault, and worth a look. */
export function forReview(changes: readonly Change[]): string[] {
  return changes.flatMap((change) =>
    change.files
      .filter(({ path }) => TEST.test(path))
      .flatMap(({ path, removed, added }) => {
        const fewer = count(removed, ASSERTS) - count(added, ASSERTS);
        const skips = count(added, SKIPS) - count(removed, SKIPS);
        return [
          ...(fewer > 0 ? [`${said(change)} has ${fewer} assertions fewer in ${path}`] : []),
          ...(skips > 0 ? [`${said(change)} has ${skips} skips more in ${path}`] : []),
        ];
      }),
  );
}

const count = (lines: readonly string[], form: RegExp): number =>
  lines.filter((line) => form.test(line)).length;

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { changeOver, changesIn } from './git-log.ts';
import { appendProblems, type Change, commitProblems, forReview } from './history.ts';

const change = (
  subject: string,
  path: string,
  { removed = [], added = [] }: { removed?: string[]; added?: string[] },
): Change => ({ commit: '0123456789abcdef', subject, files: [{ path, removed, added }] });

const FINDING = '- [ ] [adversary] C3: a port';
const TICKED = '- [x] [adversary] C3: a port';
const CLAIMED = 'Gate: M1 — CLAIMED, awaiting reviewer';

describe('what was published', () => {
  it.each([
    { because: 'the journal grows', of: change('journal: a day', 'JOURNAL.md', { added: ['## 2026-11-30 A'] }), want: [] },
    { because: 'the journal is rewritten', of: change('journal: a day', 'JOURNAL.md', { removed: ['Output: bad'], added: ['Output: good'] }), want: [/^JOURNAL.md only grows, and lacks what was published: Output: bad/] },
    { because: 'a verdict is taken back', of: change('review(C1): again', 'REVIEW.md', { removed: ['C1: FAIL @x'] }), want: [/^REVIEW.md only grows/] },
    { because: 'what was deferred is done', of: change('docs: it is there', 'docs/DEFERRED.md', { removed: ['- [ ] 2026-11-30, a key: needs one'], added: ['- [x] 2026-11-30, a key: needs one'] }), want: [] },
    { because: 'what was deferred is said otherwise', of: change('docs: it is there', 'docs/DEFERRED.md', { removed: ['- [ ] 2026-11-30, a key: needs one'], added: ['- [ ] 2026-11-30, a key: needs two'] }), want: [/^docs\/DEFERRED.md only grows/] },
  ])('$because', ({ of, want }) => {
    expect(appendProblems(of)).toEqual(want.map((each) => expect.stringMatching(each)));
  }); // oxfmt-ignore
});

describe('what a commit does to the ledgers', () => {
  it.each([
    { because: 'a gate is claimed as such', of: change('claim(M1): it stands', 'STATUS.md', { removed: ['Gate: none claimed'], added: [CLAIMED] }), want: [] },
    { because: 'a gate is claimed in passing', of: change('docs: better words', 'STATUS.md', { removed: ['Gate: none claimed'], added: [CLAIMED] }), want: [/claims a gate: its subject begins "claim/] },
    { because: 'a claim has no gate', of: change('claim(M1): it stands', 'STATUS.md', { added: ['Phase: x'] }), want: [/is a claim, and STATUS.md has no gate/] },
    { because: 'a reviewer writes', of: change('review(C1): passes', 'REVIEW.md', { added: ['C1: PASS @x'] }), want: [] },
    { because: 'somebody else writes a verdict', of: change('docs: fine', 'REVIEW.md', { added: ['C1: PASS @x'] }), want: [/writes what only the reviewer writes/] },
    { because: 'the reviewer ticks a finding', of: change('review(C3): closed', 'BACKLOG.md', { removed: [FINDING], added: [TICKED] }), want: [] },
    { because: 'somebody else ticks a finding', of: change('policy: ports', 'BACKLOG.md', { removed: [FINDING], added: [TICKED] }), want: [/writes what only the reviewer writes/] },
    { because: 'the backlog is ticked', of: change('policy: ports', 'BACKLOG.md', { removed: ['- [ ] ports'], added: ['- [x] ports'] }), want: [] },
    { because: 'a reviewer mends the code', of: change('review(C3): mended', 'controller/main.ts', { added: ['x'] }), want: [/is a review, and changes controller\/main.ts/] },
  ])('$because', ({ of, want }) => {
    expect(commitProblems([of])).toEqual(want.map((each) => expect.stringMatching(each)));
  }); // oxfmt-ignore
});

describe('what a reviewer should see', () => {
  it.each([
    { because: 'an assertion that went', of: change('a', 'controller/a.test.ts', { removed: ['expect(x).toBe(1);'] }), want: [/1 assertions fewer in controller\/a.test.ts/] },
    { because: 'an assertion that is said otherwise is none', of: change('a', 'controller/a.test.ts', { removed: ['expect(x).toBe(1);'], added: ['expect(x).toBe(2);'] }), want: [] },
    { because: 'a skip', of: change('a', 'tests/e2e/a.test.ts', { added: ["it.skipIf(isBusy)('works', () => {"] }), want: [/1 skips more/] },
    { because: 'what is no test is none', of: change('a', 'controller/a.ts', { removed: ['expect(x)'] }), want: [] },
  ])('$because', ({ of, want }) => {
    expect(forReview([of])).toEqual(want.map((each) => expect.stringMatching(each)));
  }); // oxfmt-ignore
});

it('commits are read from git as they are, whatever their lines look like', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'ccci-ledgers-'));
  try {
    const git = (...args: string[]): Promise<unknown> =>
      execa('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: dir });
    await git('init', '--quiet', '--initial-branch=main');
    await writeFile(join(dir, 'JOURNAL.md'), 'one\n-- two\n');
    await git('add', '.');
    await git('commit', '--quiet', '-m', 'first');
    await writeFile(join(dir, 'JOURNAL.md'), 'one\ndiff --git a/x b/x\n@@@commit 1 x\n');
    await writeFile(join(dir, 'a name.ts'), '++ x\n');
    await git('add', '.');
    await git('commit', '--quiet', '-m', 'second: of all');
    const files = [
      { path: 'JOURNAL.md', removed: ['-- two'], added: ['diff --git a/x b/x', '@@@commit 1 x'] },
      { path: 'a name.ts', removed: [], added: ['++ x'] },
    ];
    const commit = expect.stringMatching(/^[0-9a-f]{40}$/);
    expect(await changesIn(dir, 'HEAD~1..HEAD')).toEqual([{ commit, subject: 'second: of all', files }]);
    expect(await changeOver(dir, 'HEAD~1..HEAD')).toEqual({ files });
  } finally {
    await rm(dir, { recursive: true });
  }
});

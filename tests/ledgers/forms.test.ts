import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  backlogProblems,
  decisionProblems,
  deferredProblems,
  doneProblems,
  journalProblems,
  reviewProblems,
  statusProblems,
} from './forms.ts';
import { ledgerProblems } from './ledgers.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const NOW = new Date('2026-11-30T12:00:00Z');

it('the ledgers of this repository hold', () => {
  const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
  expect(ledgerProblems(read, new Date())).toEqual([]);
});

const BACKLOG = `# Backlog

## Build backlog

- [x] one
- [ ] [idea] two

## Adversary findings

- [ ] [adversary] C3: a port is let through; \`bin/demo\`, then …
`;
const decision = (number: number, status: string): string =>
  `## ${number}. What is decided\n\n- Status: ${status}\n- Context: c\n- Decision: d\n- Consequences: e\n\n`;
const DECISIONS = `${decision(1, 'superseded by 2')}${decision(2, 'accepted, supersedes 1')}## Dead ends\n`;
const STATUS = `# Status

Phase: one
In flight: two
Gate: M1 — CLAIMED, awaiting reviewer

## Claims

### C1: it works

- WHAT: a
- HOW: b
- EXPECTED: c
- WHERE: d

## Blocked

None.
`;
const JOURNAL = '# Journal\n\n## 2026-11-30 A thing\n\nWhat: a\nWhy: b\nCommand: c\nOutput: d\n\nNext: e\n';
const DEFERRED = '# Deferred\n\n- [ ] 2026-11-30, a key: needs an operator who has one.\n';
const REVIEW = `# Review

A verdict is one line:

\`\`\`text
<id>: PASS @<timestamp>
\`\`\`

## Verdicts

C1: PASS @2026-11-30T09:30:00Z

\`\`\`
$ bin/demo
\`\`\`

C3: FAIL @2026-11-30T09:40:00Z

\`\`\`
$ bin/demo
\`\`\`
`;
const review = (text: string): string[] => reviewProblems(text, BACKLOG);

describe('a ledger in its form', () => {
  it.each([
    { ledger: 'BACKLOG', problems: backlogProblems(BACKLOG) },
    { ledger: 'DECISIONS', problems: decisionProblems(DECISIONS) },
    { ledger: 'STATUS', problems: statusProblems(STATUS) },
    { ledger: 'JOURNAL', problems: journalProblems(JOURNAL) },
    { ledger: 'DEFERRED', problems: deferredProblems(DEFERRED) },
    { ledger: 'REVIEW', problems: review(REVIEW) },
  ])('$ledger has no problem', ({ problems }) => expect(problems).toEqual([]));
});

describe('a ledger out of its form', () => {
  it.each([
    { because: 'a section too many', of: backlogProblems, from: '## Build backlog', to: '## Later\n\n## Build backlog', want: /sections Later, Build backlog, Adversary findings/ },
    { because: 'an item without a box', of: backlogProblems, from: '- [x] one', to: '- one', want: /without a checkbox: - one/ },
    { because: 'a finding without its tag', of: backlogProblems, from: '[adversary] C3', to: 'C3', want: /without the tag \[adversary\]/ },
    { because: 'a finding in the wrong section', of: backlogProblems, from: '[x] one', to: '[x] [adversary] one', want: /outside of its section/ },
  ])('backlog: $because', ({ of, from, to, want }) => {
    expect(of(BACKLOG.replace(from, to)).join('\n')).toMatch(want);
  }); // oxfmt-ignore

  it.each([
    { because: 'a number that is missing', from: '## 2.', to: '## 3.', want: /should be number 2/ },
    { because: 'a part that is missing', from: '- Context: c\n', to: '', want: /lacks one of Status, Context/ },
    { because: 'a status that is none', from: 'accepted,', to: 'agreed,', want: /status "agreed, supersedes 1"/ },
    { because: 'a successor that does not say so', from: 'accepted, supersedes 1', to: 'accepted', want: /successor of 1 by 2 does not say so/ },
    { because: 'an old one that does not say so', from: 'superseded by 2', to: 'accepted', want: /not said that 1 by 2/ },
    { because: 'a successor that came before', from: 'superseded by 2', to: 'superseded by 1', want: /a successor comes later/ },
    { because: 'a section beside the decisions', from: '## Dead ends', to: '## Notes\n\n## Dead ends', want: /beside its decisions: Notes, Dead ends/ },
  ])('decisions: $because', ({ from, to, want }) => {
    expect(decisionProblems(DECISIONS.replace(from, to)).join('\n')).toMatch(want);
  }); // oxfmt-ignore

  it.each([
    { because: 'no phase', from: 'Phase: one', to: '', want: /lacks the line "Phase:"/ },
    { because: 'a gate in other words', from: ' — CLAIMED, awaiting reviewer', to: ' is claimed', want: /a gate that is none: Gate: M1 is claimed/ },
    { because: 'no section of what is blocked', from: '## Blocked', to: '## Stuck', want: /lacks "## Blocked"/ },
    { because: 'a claim without a command', from: '- HOW: b\n', to: '', want: /lacks one of WHAT, HOW/ },
    { because: 'a claim that says why', from: '- WHERE: d', to: '- WHERE: d\n- WHY: e', want: /says why/ },
    { because: 'no claims', from: /### C1[\s\S]*(?=## Blocked)/, to: '', want: /claims nothing/ },
  ])('status: $because', ({ from, to, want }) => {
    expect(statusProblems(STATUS.replace(from, to)).join('\n')).toMatch(want);
  }); // oxfmt-ignore

  it.each([
    { because: 'an entry without a date', from: '2026-11-30 ', to: '', want: /begins with no date/ },
    { because: 'an entry without its output', from: 'Output: d\n', to: '', want: /lacks "Output:"/ },
    { because: 'no entries', from: /## [\s\S]*/, to: '', want: /no entries/ },
  ])('journal: $because', ({ from, to, want }) => {
    expect(journalProblems(JOURNAL.replace(from, to)).join('\n')).toMatch(want);
  }); // oxfmt-ignore

  it.each([
    { because: 'an item that says not what is needed', from: 'needs', to: 'wants', want: /is not "- \[ \] <date>/ },
    { because: 'an idea', from: 'a key', to: '[idea] a key', want: /belongs into BACKLOG/ },
  ])('deferred: $because', ({ from, to, want }) => {
    expect(deferredProblems(DEFERRED.replace(from, to)).join('\n')).toMatch(want);
  }); // oxfmt-ignore

  it.each([
    { because: 'a verdict without a time', from: ' @2026-11-30T09:30:00Z', to: '', want: /in another form: C1: PASS/ },
    { because: 'a verdict without evidence', from: '\n```\n$ bin/demo\n```\n', to: '', want: /without commands and their output: C1/ },
    { because: 'a failure that is no finding', from: 'C3: FAIL', to: 'C4: FAIL', want: /C4 failed, and BACKLOG.md has no/ },
    { because: 'no section of verdicts', from: '## Verdicts', to: '## Words', want: /lacks "## Verdicts"/ },
    { because: 'no word on their form', from: '<id>: PASS @<timestamp>', to: '', want: /does not say how/ },
  ])('review: $because', ({ from, to, want }) => {
    expect(review(REVIEW.replace(from, to)).join('\n')).toMatch(want);
  }); // oxfmt-ignore
});

describe('done', () => {
  const passes = (at: string, ids: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]): string =>
    ids.map((id) => `D${id}: PASS @${at}\n`).join('');
  const recent = '2026-11-30T09:00:00Z';
  const DONE = '## DONE\n';

  it.each([
    { because: 'nobody says so', status: STATUS, text: '', want: [] },
    { because: 'each was proven today', status: DONE, text: passes(recent), want: [] },
    { because: 'one was never proven', status: DONE, text: passes(recent, [1, 2, 3, 4, 5, 6, 7, 8, 9]), want: [/no PASS of D10/] },
    { because: 'one was proven two days ago', status: DONE, text: `${passes(recent, [1, 2, 3, 4, 5, 6, 7, 8, 9])}D10: PASS @2026-11-28T09:00:00Z\n`, want: [/no PASS of D10/] },
    { because: 'one failed since', status: DONE, text: `${passes(recent)}D2: FAIL @2026-11-30T10:00:00Z\n`, want: [/no PASS of D2/] },
    { because: 'the reviewer forbids it', status: DONE, text: `${passes(recent)}\n## VETO it leaks\n`, want: [/forbids it: VETO it leaks/] },
    { because: 'the reviewer forbade it, and no longer does', status: DONE, text: `${passes(recent)}\n## VETO it leaks\n\nVETO lifted: it does not\n`, want: [] },
    { because: 'an example is no verdict', status: DONE, text: `\`\`\`\n${passes(recent)}\`\`\`\n`, want: Array.from({ length: 10 }, () => /no PASS of D/) },
  ])('where $because', ({ status, text, want }) => {
    const problems = doneProblems({ status, review: text, now: NOW });
    expect(problems).toEqual(want.map((each) => expect.stringMatching(each)));
  }); // oxfmt-ignore
});

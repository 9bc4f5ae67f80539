import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reference } from '../../api/report-status.ts';
import type { RunResults } from '../../api/results.ts';
import { commentOf, type CommentOf } from './comment.ts';
import {
  BASE,
  commentInput,
  EARLIER,
  endedWith,
  FAILED,
  PASSED,
  PULL,
  RUNNING,
  runOf,
  stepsOf,
} from './fixtures.ts';
import { MOST_CHARACTERS } from './folded.ts';
import { linksAt } from './links.ts';
import { activeIn } from './testing.ts';

const reference = (outcome: Reference['outcome'], since: string | null = null): Reference => ({
  run: 'hedgedoc-ref-c0ffee112233',
  commit: BASE,
  branch: 'main',
  outcome,
  since,
});

const RESULTS: RunResults = {
  apiVersion: 'ccci.coopcloud.tech/v1',
  kind: 'RunResults',
  run: 'hedgedoc-pr12-c4711',
  uid: 'u1',
  recipe: 'hedgedoc',
  pr: 12,
  commit: null,
  version: null,
  deployer: null,
  app: null,
  verdict: 'Passed',
  level: 5,
  levelSays: '',
  abraRulesJudged: null,
  flags: null,
  message: '',
  cause: null,
  beganAt: null,
  finishedAt: null,
  attempts: 1,
  leftovers: [],
  resources: {
    memory: [{ service: 'app', peakBytes: 144_703_488 }],
    totalPeakBytes: 144_703_488,
    looks: 30,
    failedLooks: 0,
    problem: '',
    images: [{ image: 'registry.example.org/hedgedoc:1.10.0', bytes: 400_000_000 }],
    volumes: [{ name: 'data', bytes: 50_000_000 }],
    volumeBytes: 50_000_000,
    secondsToHealthy: 48.2,
    comparison: {
      runs: 4,
      notCompared: null,
      rows: [
        {
          what: 'memory of "app"',
          unit: 'bytes',
          now: 144_703_488,
          median: 104_857_600,
          percent: 38,
          since: '1.2.0+1.9.9',
          flagged: true,
        },
      ],
    },
  },
  steps: [
    {
      name: 'test',
      attempt: 1,
      round: 1,
      state: 'passed',
      superficial: false,
      seconds: 4,
      message: '',
      substeps: [],
      cause: null,
      data: {},
      tests: [
        {
          source: 'recipe',
          file: 'tests/login.test.ts',
          name: 'logs @everyone in | out',
          state: 'failed',
          durationMs: 3,
          message: 'expected 200\nto be <b>302</b>',
          quarantined: true,
        },
      ],
    },
  ],
};

const OPERATOR: CommentOf['operator'] = {
  from: '1.2.0+1.9.9',
  notCompared: null,
  notes: [
    {
      kind: 'newVariable',
      subject: 'CMD_DB_URL',
      text: 'Set `CMD_DB_URL`, which is new: `abra app configure <domain>`.',
      byHand: true,
      told: false,
    },
    { kind: 'image', subject: 'app', text: '`app` is now `1.10.0`.', byHand: false, told: false },
  ],
  measured: ['During the upgrade from 1.2.0+1.9.9 the app was down for 3 s (40 requests).'],
};

const PICTURE = 'artifacts/screenshot.png';

const CASES: readonly { readonly name: string; readonly of: Partial<CommentOf> }[] = [
  { name: 'accepted', of: { run: runOf(), usualMinutes: 7 } },
  {
    name: 'queued',
    of: {
      run: runOf({
        status: {
          phase: 'Queued',
          queue: { position: 2, reason: 'waits for ghost-pr3-c12' },
          message: 'Queued (#2): waits for ghost-pr3-c12.',
        },
      }),
      usualMinutes: 7,
    },
  },
  { name: 'running', of: { run: RUNNING } },
  {
    name: 'being-cancelled',
    of: { run: { ...RUNNING, spec: { ...RUNNING.spec, cancel: { by: 'person', who: 'ada' } } } },
  },
  { name: 'passed', of: { results: RESULTS, operator: OPERATOR } },
  {
    name: 'failed-with-log',
    of: {
      run: FAILED,
      picture: PICTURE,
      logEnd: {
        step: 'upgrade',
        lines: [
          { from: 'ccci', text: '- deploy' },
          { from: 'db', text: 'FATAL:  database files are incompatible with server' },
          { from: 'db', text: 'DETAIL: ``` </details> @ada [x](https://x.example) #12' },
          { from: 'ccci', text: '' },
        ],
      },
    },
  },
  { name: 'failed-reference-running', of: { run: FAILED, reference: reference('running') } },
  { name: 'failed-regression', of: { run: FAILED, reference: reference('regression') } },
  { name: 'failed-on-main-too', of: { run: FAILED, reference: reference('alreadyFailing', EARLIER) } },
  {
    name: 'failed-without-public-address',
    of: { run: FAILED, links: linksAt(null), reference: reference('notJudged') },
  },
  {
    name: 'not-judged',
    of: {
      run: endedWith('Errored', 'Not judged (prepare): the registry says 429, too many requests.', {
        status: { steps: stepsOf(['prepare', 'errored', 'the registry says 429, too many requests']) },
      }),
    },
  },
  {
    name: 'timed-out',
    of: {
      run: endedWith('TimedOut', 'Timed out: The step "install" ran past its limit.', {
        status: {
          steps: stepsOf(
            ['prepare', 'passed'],
            ['lint', 'passed', 'No findings.'],
            ['install', 'overdue', ''],
            ['teardown', 'passed', 'Nothing is left.'],
          ),
        },
      }),
    },
  },
  { name: 'cancelled', of: { run: endedWith('Cancelled', 'Cancelled by ada.') } },
  {
    name: 'superseded-before',
    of: {
      run: RUNNING,
      older: [
        endedWith('Cancelled', '', {
          name: 'hedgedoc-pr12-c4700',
          spec: { cancel: { by: 'newer-run', who: 'hedgedoc-pr12-c4711' } },
        }),
        { ...FAILED, name: 'hedgedoc-pr12-c4600' },
        { ...PASSED, name: 'hedgedoc-pr12-c4500' },
        { ...PASSED, name: 'hedgedoc-pr12-c4400' },
      ],
    },
  },
  {
    name: 'head-and-main-moved',
    of: {
      pull: {
        ...PULL,
        head: { ...PULL.head, sha: 'd4e5f6a4e5f60718293a4b5c6d7e8f9001122334' },
        mergeBase: EARLIER,
        isMergeable: false,
      },
    },
  },
  {
    name: 'refused',
    of: {
      run: runOf({
        status: {
          phase: 'Refused',
          message: 'No RecipeSpec named "hedgedoc". Enrol the recipe by adding recipes/hedgedoc.yaml.',
        },
      }),
    },
  },
  {
    name: 'hostile',
    of: {
      pull: { ...PULL, base: { sha: EARLIER, branch: 'a`b|@all' }, head: { ...PULL.head, sha: EARLIER } },
      run: {
        ...FAILED,
        status: {
          ...FAILED.status,
          message: 'Failed in test: ![x](https://evil.example/x.png) @everyone closes #1 </details> `',
          cause: {
            reason: 'TestFailed',
            message: '',
            evidence: '```\n</details><script>alert(1)</script> | \u202egnp.exe @all',
            nextStep: 'See [here](javascript:alert(1)) or fixes org/repo#3 :tada:',
          },
          version: '<img src=x onerror=alert(1)>',
          steps: stepsOf(['lint', 'failed', 'a | b\n| c | d |\n<!-- x --> @ada #12 a1b2c3d4e5']),
        },
      },
      reference: { ...reference('alreadyFailing', EARLIER), branch: 'x` @all `' },
    },
  },
];

describe('the comment', () => {
  it.each(CASES)('$name', async ({ name, of }) => {
    await expect(`${commentOf(commentInput(of))}\n`).toMatchFileSnapshot(`golden/${name}.md`);
  });

  it.each(CASES)('$name has its verdict first, and few lines before what is folded', ({ of }) => {
    const [before = ''] = commentOf(commentInput(of)).split('<details>');
    expect(before.trimEnd().split('\n').length).toBeLessThanOrEqual(25);
    expect(before.split('\n')[1]).toMatch(/^### \S+ cc-ci: /);
  });

  it.each(CASES)('$name has nothing active but what is ours', ({ of }) => {
    const own = commentOf(commentInput(of))
      .replace(/^<!-- cc-ci:hedgedoc#12 -->\n### /, '')
      .replaceAll(/\[(log|history|files)\]\(https:\/\/ci\.example\.org\/[\w/#-]+\)/g, '$1')
      .replace(`[screenshot](${linksAt('https://ci.example.org').file(FAILED.name, PICTURE)})`, 'screenshot')
      .replaceAll(/<\/?details>|<\/?summary>/g, '');
    const lines = own.split('\n').flatMap((line) => {
      const plain = line.replace(/^- /, '').replaceAll('**', '');
      return plain.startsWith('|') ? plain.split('|') : [plain];
    });
    expect(lines.flatMap((line) => activeIn(line.replace(/^ ?-{3} ?$/, '')))).toEqual([]);
  });
});

describe('a comment that would be too long', () => {
  const blocks = fc.record({
    notes: fc.integer({ min: 0, max: 300 }),
    length: fc.integer({ min: 1, max: 1_000 }),
    tests: fc.integer({ min: 0, max: 500 }),
    message: fc.integer({ min: 0, max: 1_000 }),
  });

  it('is cut between blocks, folds what it opens, and keeps verdict, links and table', () => {
    const whole = commentOf(commentInput({ run: FAILED })).split('<details>')[0] ?? '';
    fc.assert(
      fc.property(blocks, ({ notes, length, tests, message }) => {
        const note = {
          kind: 'more',
          subject: 'x',
          text: '😀'.repeat(length),
          byHand: true,
          told: false,
        } as const;
        const [step] = RESULTS.steps;
        const [test] = step?.tests ?? [];
        if (step === undefined || test === undefined) throw new TypeError('The fixture has a test.');
        const text = commentOf(
          commentInput({
            run: FAILED,
            operator: {
              from: '1',
              notCompared: null,
              notes: Array.from({ length: notes }, () => note),
              measured: [],
            },
            results: {
              ...RESULTS,
              steps: [
                {
                  ...step,
                  tests: Array.from({ length: tests }, () => ({ ...test, message: 'x'.repeat(message) })),
                },
              ],
            },
          }),
        );
        expect(text.length).toBeLessThanOrEqual(MOST_CHARACTERS);
        expect(text.startsWith(whole)).toBe(true);
        expect(text.isWellFormed()).toBe(true);
        expect(text.match(/<details>/g)).toHaveLength(text.match(/<\/details>/g)?.length ?? 0);
        expect(text).toMatch(/\n\nFinished 2026-11-30 12:09 UTC\.$/);
      }),
      { numRuns: 30 },
    );
  });

  it('is cut where a cause is a megabyte long', () => {
    const cause = {
      reason: 'X',
      message: 'a'.repeat(1_000_000),
      evidence: '`@ada '.repeat(200_000),
      nextStep: '😀'.repeat(500_000),
    };
    const status = { ...FAILED.status, cause, message: `Failed in upgrade: ${cause.message}` };
    const text = commentOf(commentInput({ run: { ...FAILED, status } }));
    expect(text.length).toBeLessThan(4_000);
    expect(text.isWellFormed()).toBe(true);
    expect(text).toContain('[log](https://ci.example.org/runs/hedgedoc-pr12-c4711#upgrade)');
  });
});

/** The real store on a real disk, our client, and a stand-in of Gitea that keeps what it is told. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { shaOf } from '../../../tests/stand-ins/gitea-state.ts';
import type { Issue } from '../../../tests/stand-ins/gitea-state.ts';
import { StandInGitea } from '../../../tests/stand-ins/gitea.ts';
import { API_VERSION } from '../../api/primitives.ts';
import type { PullReportBody } from '../../api/pull-report.ts';
import type { PullStatusBody, Refused } from '../../api/pull-status.ts';
import type { ReportStatusBody } from '../../api/report-status.ts';
import type { RunResults } from '../../api/results.ts';
import type { TestRunStatusBody } from '../../api/test-run-status.ts';
import { fileWishes } from '../../client/wishes.ts';
import { FAILED, PASSED, RUNNING } from '../../domain/report/fixtures.ts';
import { firstStatus } from '../../domain/run/first-status.ts';
import type { Forge } from '../../forge.ts';
import { giteaForge } from '../../gitea/forge.ts';
import { makeControllers } from '../../runtime/controllers.ts';
import { Terminal, Waiting } from '../../runtime/errors.ts';
import { silentLog } from '../../runtime/log.ts';
import { type FileStore, openStore } from '../../store/file-store.ts';
import { type Layout, makeLayout } from '../../store/layout.ts';
import { makeRecords } from '../../store/records.ts';
import type { StatusFolder } from '../../store/status-folder.ts';
import { pullReportsOf, pullsOf, reportsOf } from '../../store/status-folders.ts';
import { readStore } from '../../views/read-store.ts';
import { reportController } from './controller.ts';
import type { ReportDeps } from './deps.ts';
import { makeReporter } from './reconcile.ts';

const FULL = 'recipes/hedgedoc';
const NAME = 'hedgedoc-pr1';
const START = new Date('2026-11-30T12:00:00.000Z');

let dir: string;
let layout: Layout;
let store: FileStore;
let gitea: StandInGitea;
let issue: Issue;
let forge: Forge;
let now: Date;
let deps: ReportDeps;

const clock = { now: (): Date => now };
const records = (): ReturnType<typeof makeRecords> => makeRecords(layout, clock);

async function open(): Promise<void> {
  dir = await mkdtemp(join(tmpdir(), 'ccci-report-'));
  layout = makeLayout(join(dir, 'state'));
  now = START;
  store = await openStore(layout, { recipesDir: dir });
  const reading = readStore(store, { layout, recipesDir: dir });
  gitea = await StandInGitea.start();
  gitea.state.addOrganisation('recipes', ['bot', 'ada']);
  gitea.state.addUser('eve');
  gitea.state.addRepository('recipes', 'hedgedoc');
  issue = gitea.state.openPull(FULL, { sha: shaOf(1) });
  forge = giteaForge({
    url: gitea.url,
    credentials: { token: { value: gitea.state.addToken('bot').text } },
    tokenName: 'test',
    clock,
  });
  deps = {
    layout,
    forge,
    store,
    reading,
    wishes: fileWishes({ layout, reading, newId: () => 'id' }),
    pulls: pullsOf(layout),
    pullReports: pullReportsOf(layout),
    reports: reportsOf(layout),
    publicUrl: 'https://ci.example.org',
    clock,
    log: silentLog,
  };
  const recipe = { category: 'simple', source: { repo: `${gitea.url}/${FULL}.git` } };
  const document = {
    apiVersion: API_VERSION,
    kind: 'RecipeSpec',
    metadata: { name: 'hedgedoc' },
    spec: recipe,
  };
  await writeFile(join(dir, 'hedgedoc.yaml'), stringify(document));
  await seenPull();
}

async function close(): Promise<void> {
  await gitea.stop();
  await rm(dir, { recursive: true, force: true });
}

beforeEach(open);
afterEach(close);

// ---------------------------------------------------------------- what others do

/** The bridge writes what it saw. */
async function seenPull(over: Partial<PullStatusBody> = {}): Promise<void> {
  const folder = pullsOf(layout);
  const old = await folder.get(NAME);
  const body: PullStatusBody = {
    recipe: 'hedgedoc',
    repository: { owner: 'recipes', name: 'hedgedoc' },
    number: 1,
    state: 'open',
    url: `${gitea.url}/${FULL}/pulls/1`,
    head: { sha: shaOf(1), branch: 'change' },
    base: { sha: shaOf(0), branch: 'main' },
    mergeBase: shaOf(0),
    isMergeable: true,
    observedAt: now.toISOString(),
    refused: [],
    ...old?.status,
    ...over,
  };
  await folder.put(NAME, body, old?.metadata.resourceVersion ?? 0);
}

/** Somebody comments, and the bridge makes a run of it. */
async function testme({ sha = shaOf(1) } = {}): Promise<string> {
  const { id } = gitea.state.addComment(issue, 'ada', '!testme');
  const name = `${NAME}-c${id}`;
  await deps.wishes.create({
    name,
    recipe: 'hedgedoc',
    source: { ref: sha, pr: 1 },
    trigger: {
      kind: 'comment',
      user: 'ada',
      commentId: id,
      url: `${gitea.url}/${FULL}/pulls/1#issuecomment-${id}`,
    },
  });
  await store.get(name);
  return name;
}

/** The controller writes how the run stands. */
async function stands(name: string, over: object): Promise<void> {
  const { status, spec } = await store.get(name);
  const run = spec?.parsed.ok === true ? spec.parsed.value.spec : null;
  if (run === null) throw new TypeError(`The run ${name} has no document.`);
  const first = firstStatus({ uid: `uid-of-${name}`, createdAt: START, now: START });
  const recipe = { category: 'simple', source: { repo: '' } } as never;
  const accepted = { run, recipe, repo: '', createdAt: START.toISOString() };
  const next = { ...(status?.status ?? first), accepted, ...over } as TestRunStatusBody;
  await store.putStatus(name, { ...next, uid: first.uid }, status?.metadata.resourceVersion ?? 0);
}

const RED = FAILED.status;
const GREEN = PASSED.status;

/** What the run left when it was closed. */
async function foundImages(name: string, images: Readonly<Record<string, string>>): Promise<void> {
  const uid = `uid-of-${name}`;
  const data = {
    images: Object.entries(images).map(([image, digest]) => ({ image, id: 'x', digest, bytes: null })),
  };
  const step: RunResults['steps'][number] = {
    name: 'prepare',
    attempt: 1,
    round: 1,
    state: 'passed',
    superficial: false,
    seconds: 1,
    message: '',
    substeps: [],
    tests: [],
    cause: null,
    data,
  };
  const results: RunResults = {
    apiVersion: API_VERSION,
    kind: 'RunResults',
    run: name,
    uid,
    recipe: 'hedgedoc',
    pr: null,
    commit: null,
    version: null,
    deployer: null,
    app: null,
    verdict: 'Failed',
    level: null,
    levelSays: '',
    abraRulesJudged: null,
    flags: null,
    message: '',
    cause: null,
    beganAt: null,
    finishedAt: null,
    attempts: 1,
    leftovers: [],
    resources: null,
    steps: [step],
  };
  await records().results(uid, results);
}

// ---------------------------------------------------------------- what is seen

const reconcile = (): Promise<unknown> => makeReporter(deps)(NAME);
const ours = (): string[] =>
  gitea.state.comments.filter(({ author }) => author === 'bot').map(({ body }) => body);
const titles = (): (string | undefined)[] => ours().map((body) => body.split('\n')[1]);
const statusesOf = (sha: string): string[] =>
  gitea.state
    .repository(FULL)
    .statuses.filter((each) => each.sha === sha)
    .map(({ status, description }) => `${status}: ${description}`);
const writes = (): string[] =>
  gitea.requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);
const pullReport = async (): Promise<PullReportBody> => {
  const document = await deps.pullReports.get(NAME);
  return document?.status ?? expect.fail('there is no PullReport');
};
const runReport = async (name: string): Promise<ReportStatusBody> => {
  const document = await deps.reports.get(name);
  return document?.status ?? expect.fail('there is no ReportStatus');
};
const referenceRuns = async (): Promise<string[]> =>
  (await store.specNames()).filter((name) => name.includes('-ref-')).sort();

describe('the comment', () => {
  it('is of this forge: a run and a report of another one’s pull request of that number are not its own', async () => {
    const url = 'https://old.example/recipes/hedgedoc/pulls/1';
    const name = `${NAME}-c999`;
    const trigger = { kind: 'comment', user: 'ada', commentId: 999, url: `${url}#issuecomment-999` } as const;
    await deps.wishes.create({ name, recipe: 'hedgedoc', source: { ref: shaOf(9), pr: 1 }, trigger });
    await store.get(name);
    const other = gitea.state.addComment(issue, 'bot', 'Something else.');
    const said = { about: 999, commentId: other.id, said: null, refused: null };
    const report = { url, ...said, statuses: {}, answered: {}, conditions: [] };
    await deps.pullReports.put(NAME, report, 0);
    const own = await testme();
    await reconcile();
    expect(ours()).toEqual(['Something else.', expect.stringContaining(own)]);
    expect(ours()[1]).not.toContain('c999');
    expect(await pullReport()).toMatchObject({ url: `${gitea.url}/${FULL}/pulls/1` });
  });

  it('is there before the run has a status, and follows each phase to the verdict, edited in place', async () => {
    const name = await testme();
    await reconcile();
    expect(titles()).toEqual(['### ◌ cc-ci: accepted']);
    await stands(name, { phase: 'Queued', queue: { position: 2, reason: 'waits for x' } });
    await reconcile();
    expect(titles()).toEqual(['### ◌ cc-ci: queued, number 2 in line']);
    await stands(name, RUNNING.status);
    await reconcile();
    expect(titles()).toEqual(['### ▶ cc-ci: running upgrade']);
    await stands(name, GREEN);
    await reconcile();
    expect(titles()).toEqual(['### ✔ cc-ci: passed · level 5 of 5 · 8m0s']);
    expect(statusesOf(shaOf(1)).map((text) => text.split(':')[0])).toEqual([
      'pending',
      'pending',
      'pending',
      'success',
    ]);
    expect((await runReport(name)).conditions.map(({ type, status }) => `${type} ${status}`)).toEqual([
      'CommentPosted True',
      'CommitStatusSet True',
    ]);
  });

  describe('shows what a red run left', () => {
    const TEXT = 'FATAL: the database files are incompatible';
    const CLEAN = { secrets: [], files: 1, bytes: 1, clean: true, leaks: [], unread: [] };

    async function leaves(name: string, scan: object | null): Promise<void> {
      const uid = `uid-of-${name}`;
      const put = async (file: string, text: string): Promise<void> => {
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
      };
      const line = { time: START.toISOString(), level: 'error', from: 'db', text: TEXT };
      const at = (step: 'upgrade' | 'teardown'): string =>
        layout.stepDir(uid, { attempt: 1, step, round: 1 });
      await put(join(at('upgrade'), 'log.ndjson'), `${JSON.stringify(line)}\n`);
      await put(join(at('teardown'), 'log.ndjson'), '');
      if (scan !== null) await put(join(at('teardown'), 'scan.json'), JSON.stringify(scan));
      await put(join(layout.artifactsDir(uid), 'screenshot.png'), 'png');
    }

    it.each([
      { because: 'where it was looked through for secrets and found clean', scan: CLEAN, isShown: true },
      { because: 'not where a secret is in it', scan: { ...CLEAN, clean: false }, isShown: false },
      { because: 'not where nobody looked', scan: null, isShown: false },
    ])('$because', async ({ scan, isShown }) => {
      const name = await testme();
      await stands(name, RED);
      await leaves(name, scan);
      await reconcile();
      const [said = ''] = ours();
      expect(said.includes(`\`db\` \`${TEXT}\``)).toBe(isShown);
      const picture = `[screenshot](https://ci.example.org/runs/${name}/files/artifacts/screenshot.png)`;
      expect(said.includes(picture)).toBe(isShown);
    });
  });

  it('costs no request where nothing changed, however often and by whomever it is asked', async () => {
    const name = await testme();
    await stands(name, GREEN);
    await reconcile();
    gitea.forget();
    const before = await readFile(join(layout.pullReports, `${NAME}.json`), 'utf8');
    for (let times = 0; times < 5; times++) await reconcile();
    await seenPull({ observedAt: '2026-12-24T00:00:00.000Z' });
    now = new Date('2027-01-01T00:00:00Z');
    await reconcile();
    expect(gitea.requests).toEqual([]);
    expect(await readFile(join(layout.pullReports, `${NAME}.json`), 'utf8')).toBe(before);
  });

  it('is not that of a person who quotes or copies its marker', async () => {
    const marker = '<!-- cc-ci:hedgedoc#1 -->';
    gitea.state.addComment(issue, 'eve', `${marker}\nmine`);
    gitea.state.addComment(issue, 'bot', `> ${marker}\nquoted`);
    await testme();
    await reconcile();
    expect(titles()).toEqual(['quoted', '### ◌ cc-ci: accepted']);
    expect(gitea.state.comments.find(({ author }) => author === 'eve')?.body).toBe(`${marker}\nmine`);
  });

  it.each([
    { place: 1, ignoresPage: false },
    { place: 1, ignoresPage: true },
    { place: 299, ignoresPage: false },
    { place: 299, ignoresPage: true },
  ])('is found among 300 at place $place, pages ignored: $ignoresPage', async ({ place, ignoresPage }) => {
    gitea.ignoresPage = ignoresPage;
    for (let count = 1; count <= 300; count++)
      gitea.state.addComment(
        issue,
        count === place ? 'bot' : 'ada',
        count === place ? '<!-- cc-ci:hedgedoc#1 -->\n### old' : `No. ${count}`,
      );
    await testme();
    await reconcile();
    expect(titles()).toEqual(['### ◌ cc-ci: accepted']);
    expect(gitea.requests.length).toBeLessThan(20);
  });

  it('is made again where somebody deleted it', async () => {
    const name = await testme();
    await reconcile();
    gitea.state.removeComment((await pullReport()).commentId ?? 0);
    await stands(name, RUNNING.status);
    await reconcile();
    expect(titles()).toEqual(['### ▶ cc-ci: running upgrade']);
    await stands(name, GREEN);
    await reconcile();
    expect(titles()).toEqual(['### ✔ cc-ci: passed · level 5 of 5 · 8m0s']);
  });

  it('comes back by itself where somebody deleted it, at a pace, and not under what is closed', async () => {
    const LOOK_MS = 10 * 60_000;
    const reporter = makeReporter(deps);
    await stands(await testme(), GREEN);
    expect(await reporter(NAME)).toEqual({ requeueAfterMs: LOOK_MS });
    const said = ours();
    gitea.state.removeComment((await pullReport()).commentId ?? 0);
    gitea.forget();
    await reporter(NAME);
    expect(gitea.requests).toEqual([]);
    now = new Date(START.getTime() + LOOK_MS);
    await reporter(NAME);
    expect(ours()).toEqual(said);
    gitea.forget();
    now = new Date(START.getTime() + 2 * LOOK_MS);
    for (let times = 0; times < 3; times++) await reporter(NAME);
    expect(gitea.requests.map(({ method }) => method)).toEqual(['GET']);
    await seenPull({ state: 'closed' });
    await reporter(NAME);
    gitea.forget();
    now = new Date(START.getTime() + 9 * LOOK_MS);
    expect(await reporter(NAME)).toEqual({ requeueAfterMs: null });
    expect(gitea.requests).toEqual([]);
  });

  it('is found again where all that was known of its pull request was forgotten', async () => {
    const name = await testme();
    await reconcile();
    const { status } = (await pullsOf(layout).get(NAME)) ?? expect.fail('there is no PullStatus');
    await pullsOf(layout).remove(NAME);
    await reconcile();
    expect(await deps.pullReports.get(NAME)).toBeNull();
    await seenPull(status);
    await stands(name, GREEN);
    await reconcile();
    expect(titles()).toEqual(['### ✔ cc-ci: passed · level 5 of 5 · 8m0s']);
  });

  it.each([
    { because: 'the answer to its making is lost', what: /^POST .*comments/ },
    { because: 'the answer to an edit is lost', what: /^PATCH .*comments/ },
  ])('stands once where $because', async ({ what }) => {
    const name = await testme();
    if (what.source.includes('PATCH')) await reconcile();
    await stands(name, GREEN);
    gitea.fault(what, { do: 'lost' }, 1);
    await expect(reconcile()).rejects.toThrow();
    await reconcile();
    expect(titles()).toEqual(['### ✔ cc-ci: passed · level 5 of 5 · 8m0s']);
    expect((await pullReport()).conditions.map(({ status }) => status)).toEqual(['True', 'True']);
  });

  it('speaks of the newest run, names those before it, and of a run that moved on', async () => {
    const first = await testme();
    await stands(first, RUNNING.status);
    await reconcile();
    const second = await testme({ sha: shaOf(2) });
    // The bridge cancels the older one.
    await fileWishes({ layout, reading: deps.reading, newId: () => 'id' }).cancel(first, {
      by: 'newer-run',
      who: second,
    });
    await stands(first, { ...RED, verdict: 'Cancelled', message: 'Cancelled: a newer run took its place.' });
    await seenPull({ head: { sha: shaOf(3), branch: 'change' } });
    await reconcile();
    expect(ours()).toHaveLength(1);
    expect(ours()[0]).toContain(`\`${first}\` superseded by \`${second}\``);
    expect(ours()[0]).toContain('Tested `0000000`; the pull request is now at `0000000`.');
    expect(statusesOf(shaOf(1)).at(-1)).toBe('error: Cancelled: a newer run took its place.');
    expect(statusesOf(shaOf(2))).toEqual(['pending: Accepted; it is taken up in a moment.']);
  });

  it('keeps its last word where the run is forgotten, and an older one is left', async () => {
    const first = await testme();
    await stands(first, RED);
    const second = await testme();
    await stands(second, GREEN);
    await reconcile();
    const said = ours();
    await rm(layout.specFile(second));
    await store.forget(second, `uid-of-${second}`);
    gitea.forget();
    await reconcile();
    expect(ours()).toEqual(said);
    expect(writes()).toEqual([]);
  });

  it('of a pull request that the bridge has not seen, or of none, is nothing', async () => {
    await pullsOf(layout).remove(NAME);
    await testme();
    await reconcile();
    expect(gitea.requests).toEqual([]);
  });
});

describe('a forge that does not take it', () => {
  it('is asked once for a text that it refuses for good, and again for the next', async () => {
    const name = await testme();
    const over = gitea.fault(/^POST .*comments/, {
      do: 'answer',
      status: 422,
      body: '{"message":"too long"}',
    });
    for (let times = 0; times < 4; times++) await reconcile();
    expect(writes().filter((each) => each.includes('comments'))).toHaveLength(1);
    expect((await pullReport()).conditions).toContainEqual(
      expect.objectContaining({ type: 'CommentPosted', status: 'False', reason: 'ForgeRejected' }),
    );
    // The status is there all the same.
    expect(statusesOf(shaOf(1))).toHaveLength(1);
    over();
    await stands(name, GREEN);
    await reconcile();
    expect(titles()).toEqual(['### ✔ cc-ci: passed · level 5 of 5 · 8m0s']);
    expect((await pullReport()).conditions.map(({ status }) => status)).toEqual(['True', 'True']);
  });

  it('is not asked again for a commit status of a run where it refuses one', async () => {
    gitea.state.writers = new Set();
    const name = await testme();
    await reconcile();
    await stands(name, RUNNING.status);
    await reconcile();
    await stands(name, RED);
    await reconcile();
    expect(writes().filter((each) => each.includes('/statuses/'))).toHaveLength(1);
    expect((await runReport(name)).conditions).toContainEqual(
      expect.objectContaining({ type: 'CommitStatusSet', status: 'False', reason: 'ForgeForbidden' }),
    );
    expect(titles()).toEqual(['### ✘ cc-ci: failed in upgrade · level 1 of 5 · 8m0s']);
    // For the next run it is asked once more.
    gitea.state.writers = null;
    await testme();
    await reconcile();
    expect(statusesOf(shaOf(1))).toHaveLength(1);
  });

  it('is not asked again for a status of a commit that the repository lacks, which is said once', async () => {
    gitea.state.lacking.add(shaOf(1));
    const name = await testme();
    await stands(name, RUNNING.status);
    for (let times = 0; times < 3; times++) await reconcile();
    expect(writes().filter((each) => each.includes('/statuses/'))).toHaveLength(1);
    const [refused] = (await runReport(name)).conditions.filter(({ type }) => type === 'CommitStatusSet');
    expect(refused).toMatchObject({ status: 'False', reason: 'CommitMissing' });
    expect(refused?.message).toContain(shaOf(1));
    expect(titles()).toEqual(['### ▶ cc-ci: running upgrade']);
  });

  it('is asked again where it fails and has the commit, or does not say', async () => {
    const name = await testme();
    await stands(name, RUNNING.status);
    const over = gitea.fault(/statuses/, { do: 'answer', status: 500, body: '' });
    await expect(reconcile()).rejects.toThrow('500');
    const silent = gitea.fault(/git\/commits/, { do: 'close' });
    await expect(reconcile()).rejects.toThrow('500');
    over();
    silent();
    await reconcile();
    expect(statusesOf(shaOf(1))).toHaveLength(1);
    expect((await runReport(name)).conditions.every(({ status }) => status === 'True')).toBe(true);
  });

  it.each([{ how: 503 }, { how: 'close' }] as const)(
    'is told all of it after an hour of $how, once',
    async ({ how }) => {
      const name = await testme();
      const over = gitea.outage(how);
      for (let minute = 0; minute < 60; minute++) {
        if (minute === 10) await stands(name, RUNNING.status);
        if (minute === 30) await stands(name, GREEN);
        now = new Date(START.getTime() + minute * 60_000);
        const error: unknown = await reconcile().then(
          () => null,
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(Error);
        // It is neither given up nor put off: the queue tries again, each time a little later.
        expect(error).not.toBeInstanceOf(Terminal);
      }
      const [condition] = (await pullReport()).conditions;
      expect(condition).toMatchObject({
        status: 'False',
        reason: 'ForgeUnavailable',
        lastTransitionTime: START.toISOString(),
      });
      over();
      await reconcile();
      expect(titles()).toEqual(['### ✔ cc-ci: passed · level 5 of 5 · 8m0s']);
      expect(statusesOf(shaOf(1))).toEqual([`success: ${GREEN.message}`]);
      expect((await pullReport()).conditions.map(({ status }) => status)).toEqual(['True', 'True']);
    },
  );

  it('is given the time that it asks for', async () => {
    await testme();
    gitea.fault(/./, { do: 'answer', status: 429, headers: { 'retry-after': '7' } });
    const before = gitea.requests.length;
    await expect(reconcile()).rejects.toBeInstanceOf(Waiting);
    expect(gitea.requests.length - before).toBe(1);
  });

  it('is asked again after a token that it does not know, and the text is not given up', async () => {
    await testme();
    const over = gitea.outage(401);
    await expect(reconcile()).rejects.toMatchObject({ reason: 'ForgeUnauthorized' });
    over();
    await reconcile();
    expect(titles()).toEqual(['### ◌ cc-ci: accepted']);
  });
});

describe('a comment that got no run', () => {
  const refused = (commentId: number, over: Partial<Refused> = {}): Refused => ({
    commentId,
    user: 'eve',
    reason: 'NotAMember',
    message: 'Only members of recipes may start cc-ci. One of them can say `!testme` here.',
    ...over,
  });

  it('is answered once for a person, and each time where help was asked', async () => {
    await seenPull({ refused: [refused(11)] });
    await reconcile();
    await seenPull({
      refused: [
        refused(11),
        refused(12),
        refused(13, { reason: 'HelpAsked', user: 'ada' }),
        refused(14, { reason: 'HelpAsked', user: 'ada' }),
        refused(15, { user: 'mallory' }),
      ],
    });
    await reconcile();
    await reconcile();
    expect(ours().map((body) => body.split('\n')[0])).toEqual(
      [11, 13, 14, 15].map((id) => `<!-- cc-ci:reply:${id} -->`),
    );
    expect(ours()[0]?.split('\n')[1]).toBe(
      '`eve`: Only members of recipes may start cc-ci. One of them can say `!testme` here.',
    );
    expect(Object.keys((await pullReport()).answered)).toEqual(['11', '12', '13', '14', '15']);
  });

  it('is answered once where the answer to the answer was lost', async () => {
    await seenPull({ refused: [refused(11)] });
    gitea.fault(/^POST .*comments/, { do: 'lost' }, 1);
    await expect(reconcile()).rejects.toThrow();
    await reconcile();
    expect(ours()).toHaveLength(1);
    expect((await pullReport()).answered).toEqual({ 11: expect.any(Number) });
  });

  it('is given up where the forge refuses the answer', async () => {
    await seenPull({ refused: [refused(11)] });
    gitea.fault(/^POST .*comments/, { do: 'answer', status: 403, body: '{}' });
    for (let times = 0; times < 3; times++) await reconcile();
    expect(writes()).toHaveLength(1);
    expect((await pullReport()).answered).toEqual({ 11: 0 });
  });
});

describe('the base of a red pull request', () => {
  const FIRST = 'hedgedoc-ref-000000000000';

  it('is tested once, and the comment says whose fault it is', async () => {
    const name = await testme();
    await stands(name, RED);
    await reconcile();
    expect(await referenceRuns()).toEqual([FIRST]);
    const document = await store.get(FIRST);
    expect(document.spec?.parsed).toMatchObject({
      value: {
        metadata: { labels: { recipe: 'hedgedoc', reference: 'true' } },
        spec: { source: { ref: shaOf(0) }, trigger: { kind: 'reference' } },
      },
    });
    expect(ours()[0]).toContain('Whose fault it is will be known soon');
    await stands(FIRST, GREEN);
    await reconcile();
    expect(ours()[0]).toContain('**Regression: `main` at `0000000` passes where this fails');
    expect((await runReport(name)).reference).toMatchObject({ run: FIRST, outcome: 'regression' });
    // Neither a verdict nor a comment of its own comes of it.
    expect(ours()).toHaveLength(1);
    expect(statusesOf(shaOf(0))).toEqual([]);
    expect(titles()[0]).toContain('failed in upgrade');
  });

  it('that fails as well says since when, and what was judged stays when everything else is gone', async () => {
    const name = await testme();
    await stands(name, RED);
    await reconcile();
    await stands(FIRST, RED);
    await reconcile();
    const said = ours();
    expect(said[0]).toContain('**Already failing on `main` since `0000000`');
    await rm(layout.specFile(FIRST));
    await store.forget(FIRST, `uid-of-${FIRST}`);
    await reconcile();
    expect(ours()).toEqual(said);
    expect(await referenceRuns()).toEqual([]);
  });

  it('is not tested again for a second red run of the same commit', async () => {
    const first = await testme();
    await stands(first, RED);
    await reconcile();
    const second = await testme({ sha: shaOf(2) });
    await stands(second, RED);
    await reconcile();
    expect(await referenceRuns()).toEqual([FIRST]);
    await stands(FIRST, RED);
    await foundImages(FIRST, { 'db:1': 'sha256:a' });
    const third = await testme({ sha: shaOf(3) });
    await stands(third, RED);
    await foundImages(third, { 'db:1': 'sha256:a', 'app:2': 'sha256:b' });
    await reconcile();
    expect(await referenceRuns()).toEqual([FIRST]);
    expect((await runReport(third)).reference).toMatchObject({ run: FIRST, outcome: 'alreadyFailing' });
  });

  it.each([
    {
      because: 'an image is another by now',
      first: { ...RED },
      images: { 'db:1': 'sha256:other' },
    },
    { because: 'the first was not judged', first: { ...RED, verdict: 'Errored' }, images: {} },
  ] as { because: string; first: object; images: Record<string, string> }[])(
    'is tested again where $because',
    async ({ first, images }) => {
      const name = await testme();
      await stands(name, RED);
      await reconcile();
      await stands(FIRST, first);
      await foundImages(FIRST, { 'db:1': 'sha256:a' });
      const second = await testme();
      await stands(second, RED);
      await foundImages(second, images);
      await reconcile();
      expect(await referenceRuns()).toEqual([FIRST, `${FIRST}-2`]);
    },
  );

  it('is not asked for again where the reporter was killed before it noted that, and nobody took it up', async () => {
    const name = await testme();
    await stands(name, RED);
    await deps.wishes.create({
      name: FIRST,
      recipe: 'hedgedoc',
      source: { ref: shaOf(0) },
      trigger: { kind: 'reference' },
    });
    expect(store.seenNames()).not.toContain(FIRST);
    await reconcile();
    expect(await referenceRuns()).toEqual([FIRST]);
    expect((await runReport(name)).reference).toMatchObject({ run: FIRST, outcome: 'running' });
  });

  it('is the one that was the tip when the run was judged, whatever is merged later', async () => {
    const name = await testme();
    await stands(name, RED);
    await reconcile();
    await stands(FIRST, GREEN);
    await reconcile();
    await seenPull({ base: { sha: shaOf(9), branch: 'main' } });
    await reconcile();
    expect(await referenceRuns()).toEqual([FIRST]);
  });

  it.each([
    { because: 'a green run', over: GREEN, state: 'open' },
    { because: 'what was not judged', over: { ...RED, verdict: 'Errored' }, state: 'open' },
    { because: 'a closed pull request', over: RED, state: 'closed' },
  ] as const)('is not tested for $because', async ({ over, state }) => {
    const name = await testme();
    await seenPull({ state });
    await stands(name, over);
    await reconcile();
    expect(await referenceRuns()).toEqual([]);
  });
});

describe('a reporter that is killed', () => {
  class Killed extends Error {}

  /** The same deps; the process dies after so many deeds. */
  function mortal(real: ReportDeps, lives: { left: number }): ReportDeps {
    const after =
      <A extends unknown[], R>(deed: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        // The dead do nothing more, also not where they would have caught an error.
        if (lives.left <= 0) throw new Killed('dead');
        const done = await deed(...args);
        lives.left -= 1;
        if (lives.left === 0) throw new Killed('kill -9');
        return done;
      };
    const folder = <B>(of: StatusFolder<B>): StatusFolder<B> => ({ ...of, put: after(of.put) });
    return {
      ...real,
      forge: {
        ...real.forge,
        addComment: after(real.forge.addComment),
        editComment: after(real.forge.editComment),
        setCommitStatus: after(real.forge.setCommitStatus),
      },
      wishes: { create: after(real.wishes.create) },
      pullReports: folder(real.pullReports),
      reports: folder(real.reports),
    };
  }

  /** A red run with its reference and an outsider; true where the process died on the way. */
  async function story(lives: { left: number }): Promise<boolean> {
    let died = false;
    const look = async (): Promise<void> => {
      try {
        await makeReporter(mortal(deps, lives))(NAME);
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        died = true;
        await reconcile();
      }
    };
    const name = await testme();
    await stands(name, { phase: 'Queued' });
    await look();
    await stands(name, RUNNING.status);
    await seenPull({ refused: [{ commentId: 5, user: 'eve', reason: 'NotAMember', message: 'No.' }] });
    await look();
    await stands(name, RED);
    await look();
    await stands('hedgedoc-ref-000000000000', GREEN);
    await look();
    return died;
  }

  async function endState(): Promise<object> {
    // Its address has the port of the stand-in, another one each time.
    const { commentId, answered, conditions, url: _url, ...report } = await pullReport();
    const runs = await store.specNames();
    const byRun = await Promise.all(runs.map(async (run) => (await deps.reports.get(run))?.status));
    return {
      comments: ours().sort(),
      status: statusesOf(shaOf(1)).at(-1),
      report: { ...report, statuses: Object.keys(report.statuses) },
      commentId: gitea.state.comments.find(({ id }) => id === commentId)?.body,
      answers: Object.keys(answered),
      conditions: conditions.map(({ type, status }) => `${type} ${status}`).sort(),
      byRun: byRun.map(
        (each) => each && { ...each, conditions: each.conditions.map(({ type }) => type).sort() },
      ),
      runs,
    };
  }

  it('after any of its deeds leaves the same in the end', async () => {
    await story({ left: Infinity });
    const want = await endState();
    let kills = 0;
    for (let died = true; died; kills++) {
      await close();
      await open();
      died = await story({ left: kills + 1 });
      expect(await endState(), `killed after deed ${kills + 1}`).toEqual(want);
    }
    expect(kills).toBeGreaterThan(12);
    // Each kill is a story of its own, with a forge and a store on the disk.
  }, 180_000);
});

it('is told of changed runs, of pull requests and of reference runs', async () => {
  const stop = new AbortController();
  const controllers = makeControllers({ log: silentLog });
  controllers.addController(reportController(deps));
  const ended = await controllers.start(stop.signal);
  const WAIT = { timeout: 20_000, interval: 5 };
  try {
    const name = await testme();
    await vi.waitFor(() => expect(titles()).toEqual(['### ◌ cc-ci: accepted']), WAIT);
    await stands(name, RED);
    await vi.waitFor(() => expect(ours()[0]).toContain('Whose fault it is will be known soon'), WAIT);
    await stands('hedgedoc-ref-000000000000', GREEN);
    await vi.waitFor(() => expect(ours()[0]).toContain('Regression'), WAIT);
    await seenPull({ isMergeable: false });
    await vi.waitFor(() => expect(ours()[0]).toContain('the merge has conflicts'), WAIT);
  } finally {
    stop.abort();
    await ended();
  }
});

import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig, ROOT } from '../../config.ts';
import { markedProcesses, MARK_VARIABLE } from '../../host/marked-processes.ts';
import { runRecipeTests, type RecipeTestsRequest } from './recipe-tests.ts';

/** Below the checkout, because test files find vitest from where they lie. */
const PLACE = join(ROOT, '.ccci', 'unit');
const MARK = `unit-${process.pid}/recipe-tests`;
const SECRET = 'kq7zKQ9-canary-secret';
let dir: string;
let lines: string[];

beforeAll(async () => {
  await mkdir(PLACE, { recursive: true });
  dir = await mkdtemp(join(PLACE, 'recipe-tests-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));
beforeEach(() => (lines = []));

/** A tests folder of its own with these files, and a request for the recipe `web`. */
async function given(
  files: Readonly<Record<string, string | undefined>>,
  more: Partial<RecipeTestsRequest> = {},
): Promise<RecipeTestsRequest> {
  const testsDir = await mkdtemp(join(dir, 'tests-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(testsDir, name)), { recursive: true });
    await writeFile(join(testsDir, name), `import { expect, test } from 'vitest';\n${text ?? ''}\n`);
  }
  const context = {
    url: 'https://web.ci.test',
    domain: 'web.ci.test',
    zone: 'ci.test',
    stack: 'web_ci_test',
    recipe: 'web',
    commit: 'f'.repeat(40),
    version: null,
    dockerHost: 'unix:///nowhere',
    address: null,
    caFile: null,
    chromium: '/usr/bin/chromium',
    artifactsDir: dir,
    secretsFile: null,
    health: { path: '/', status: 200 },
    env: { ...readConfig().baseEnv, [MARK_VARIABLE]: MARK },
  };
  const base = { recipe: 'web', stage: 'install' as const, testsDir, workDir: dir, context };
  return {
    ...base,
    secrets: { token: SECRET },
    timeoutMs: 30_000,
    quarantine: [],
    onLine: (line) => lines.push(line),
    ...more,
  };
}

/** As the harness does. */
const NO_BROWSER =
  "test('page', () => { throw Object.assign(new Error('root alone can make it'), { name: 'BrowserNotStarted' }); });";
const GOOD = "test('works', () => expect(1).toBe(1));";

describe('runRecipeTests', { timeout: 60_000 }, () => {
  it.each([
    {
      because: 'tests that pass are passed',
      files: { 'web/install.test.ts': GOOD },
      want: { outcome: 'passed', source: 'recipe', files: ['web/install.test.ts'], cause: null },
    },
    {
      because: 'the browser’s tests of the same stage belong to it, and those of another do not',
      files: {
        'web/install.test.ts': GOOD,
        'web/playwright/install.test.ts': GOOD,
        'web/upgrade.test.ts': "throw new Error('not asked for');",
        'web-other/install.test.ts': "throw new Error('not asked for');",
      },
      want: { outcome: 'passed', files: ['web/install.test.ts', 'web/playwright/install.test.ts'] },
    },
    {
      because: 'a recipe without tests of its own gets the generic ones, and it is said',
      files: { '_generic/install.test.ts': GOOD },
      want: { outcome: 'passed', source: 'generic', files: ['_generic/install.test.ts'] },
    },
    {
      because: 'no tests at all are no proof',
      files: { 'web/upgrade.test.ts': GOOD },
      want: { outcome: 'unverified', source: 'none', tests: [] },
    },
    {
      because: 'one failed test fails the run, with its words as the cause',
      files: { 'web/install.test.ts': `${GOOD}\ntest('says it', () => expect('this').toBe('that'));` },
      want: {
        outcome: 'failed',
        message: '1 of 2 tests failed.',
        cause: { reason: 'TestFailed', message: expect.stringContaining("expected 'this' to be 'that'") },
      },
    },
    {
      because: 'a file that does not load is our fault and no pass, also beside one that does',
      files: {
        'web/install.test.ts': GOOD,
        'web/playwright/install.test.ts': "throw new Error('broken file');",
      },
      want: {
        outcome: 'errored',
        cause: { reason: 'TestsBroken', evidence: expect.stringContaining('broken file') },
      },
    },
    {
      because: 'a file that is no TypeScript is our fault',
      files: { 'web/install.test.ts': 'test(' },
      want: { outcome: 'errored', cause: { reason: 'TestsBroken' } },
    },
    {
      because: 'a file without tests is our fault',
      files: { 'web/install.test.ts': '' },
      want: { outcome: 'errored', cause: { reason: 'TestsBroken' } },
    },
    {
      because: 'a browser that this machine does not give is not the recipe’s fault',
      files: { 'web/install.test.ts': `${GOOD}\n${NO_BROWSER}` },
      want: {
        outcome: 'errored',
        cause: {
          reason: 'BrowserNotStarted',
          message: '1 test could not be run without a browser: root alone can make it',
        },
      },
    },
    {
      because: 'neither is one that ends, or breaks its protocol, while a test uses it',
      files: {
        'web/install.test.ts':
          "test('page', () => { throw new Error('page.goto: Target page, context or browser has been closed'); });",
      },
      want: { outcome: 'errored', cause: { reason: 'BrowserLost' } },
    },
    {
      because: 'what a page throws only sounds like it',
      files: {
        'web/install.test.ts':
          "test('page', () => { throw new Error('page.evaluate: Error: Target closed'); });",
      },
      want: { outcome: 'failed', cause: { reason: 'TestFailed' } },
    },
    {
      because: 'what fails beside it counts',
      files: {
        'web/install.test.ts': `${NO_BROWSER}\ntest('says it', () => expect('BrowserNotStarted: x').toBe('that'));`,
      },
      want: { outcome: 'failed', cause: { reason: 'TestFailed' } },
    },
    {
      because: 'tests that are all skipped show nothing',
      files: { 'web/install.test.ts': "test.skip('later', () => undefined);" },
      want: { outcome: 'unverified', message: 'Every test was skipped.' },
    },
    {
      because: 'an error beside the tests is no pass',
      files: { 'web/install.test.ts': `${GOOD}\nvoid Promise.reject(new Error('nobody waits for it'));` },
      want: { outcome: 'errored', cause: { reason: 'TestsBroken' } },
    },
    {
      because: 'a test that ends the process is no pass',
      files: { 'web/install.test.ts': "test('ends', () => process.kill(process.pid, 'SIGKILL'));" },
      want: { outcome: 'errored', cause: { reason: 'TestsBroken' } },
    },
  ])('$because', async ({ files, want }) => {
    expect(await runRecipeTests(await given(files))).toMatchObject(want);
  });

  /** Does it where it has not been done before: only a fresh process can know of the one before. */
  const once = (what: string): string =>
    `import { existsSync, writeFileSync } from 'node:fs';
     const done = new URL('done', import.meta.url);
     const first = (act) => { if (existsSync(done)) return; writeFileSync(done, ''); act(); };
     test('works at the second try', () => first(() => { ${what} }));`;
  it.each([
    { because: 'a process that dies', what: "process.kill(process.pid, 'SIGKILL');" },
    { because: 'a browser that does not start', what: "throw Object.assign(new Error('no memory'), { name: 'BrowserNotStarted' });" },
    { because: 'a browser that is lost', what: "throw new Error('page.click: Page crashed');" },
    { because: 'our own limit', what: 'for (;;);', timeoutMs: 6_000 },
  ])('tries once more, in a fresh process, after $because', async ({ what, timeoutMs = 30_000 }) => {
    const request = await given({ 'web/install.test.ts': once(what) }, { timeoutMs });
    expect(await runRecipeTests(request)).toMatchObject({ outcome: 'passed', tests: [{ state: 'passed' }] });
    expect(lines.join('\n')).toContain('Once more, in a fresh process.');
  }); // oxfmt-ignore

  it('does not try again what was judged', async () => {
    const text = once("throw new Error('red');");
    expect(await runRecipeTests(await given({ 'web/install.test.ts': text }))).toMatchObject({
      outcome: 'failed',
    });
  });

  const FLAKY = "test('flakes', () => expect(1).toBe(2));";
  const ERROR = "void Promise.reject(new Error('nobody waits for it'));";
  const HOOK = "import { afterAll } from 'vitest'; afterAll(() => { throw new Error('the hook broke'); });";
  it.each([
    {
      because: 'a quarantined test that fails is shown and not red',
      files: { 'web/install.test.ts': `${GOOD}\n${FLAKY}` },
      want: {
        outcome: 'passed',
        cause: null,
        message: '1 test passed. 1 quarantined test failed: web/install.test.ts: flakes, until 2026-06-30.',
        tests: [{ state: 'passed' }, { name: 'flakes', state: 'failed', quarantined: true }],
      },
    },
    {
      because: 'an error beside it is no pass, although the exit code is the same',
      files: { 'web/install.test.ts': `${GOOD}\n${FLAKY}\n${ERROR}` },
      want: {
        outcome: 'errored',
        cause: { reason: 'TestsBroken', evidence: expect.stringContaining('nobody waits for it') },
      },
    },
    {
      because: 'neither is a hook that broke',
      files: { 'web/install.test.ts': `${HOOK}\n${GOOD}\n${FLAKY}` },
      want: {
        outcome: 'errored',
        cause: { reason: 'TestsBroken', evidence: expect.stringContaining('the hook broke') },
      },
    },
    {
      because: 'where it is the only test, nothing was judged',
      files: { 'web/install.test.ts': FLAKY },
      want: { outcome: 'unverified', tests: [{ state: 'failed', quarantined: true }] },
    },
    {
      because: 'the floor for every recipe cannot be quarantined',
      files: { '_generic/install.test.ts': `${GOOD}\n${FLAKY}` },
      want: { outcome: 'failed', source: 'generic', cause: { reason: 'TestFailed' } },
    },
  ])('$because', async ({ files, want }) => {
    const more = { because: 'https://x.example', until: '2026-06-30', flakes: ['a', 'b'] };
    const quarantine = ['web', '_generic'].map((of) => ({ test: `${of}/install.test.ts: flakes`, ...more }));
    expect(await runRecipeTests(await given(files, { quarantine }))).toMatchObject(want);
  });

  it('reports every test, and what it wrote while it ran', async () => {
    const files = {
      'web/install.test.ts': `${GOOD}\ntest('speaks', () => { process.stdout.write('hello\\n'); });`,
    };
    const { tests } = await runRecipeTests(await given(files));
    expect(tests).toMatchObject([
      { name: 'works', file: 'web/install.test.ts', state: 'passed' },
      { name: 'speaks', state: 'passed' },
    ]);
    expect(lines.join('\n')).toContain('hello');
    expect(lines.join('\n')).toContain('works');
  });

  it('lets no secret into lines, messages or names', async () => {
    const text = `test('shows ${SECRET}', () => { process.stdout.write('${SECRET}\\n'); expect('${SECRET}').toBe('x'); });`;
    const result = await runRecipeTests(await given({ 'web/install.test.ts': text }));
    expect(result.outcome).toBe('failed');
    expect(JSON.stringify(result) + lines.join('\n')).not.toContain(SECRET);
    expect(JSON.stringify(result)).toContain('[redacted]');
  });

  it('ends tests that do not end, with everything that they started', async () => {
    const child = "import { spawn } from 'node:child_process';";
    const text = `${child}\ntest('hangs', () => { spawn('sleep', ['300'], { detached: true, stdio: 'ignore' }).unref(); for (;;); });`;
    const request = await given({ 'web/install.test.ts': text }, { timeoutMs: 3_000 });
    expect(await runRecipeTests(request)).toMatchObject({
      outcome: 'errored',
      cause: { reason: 'TestsTimedOut' },
    });
    expect(await markedProcesses(MARK)).toEqual([]);
  });

  it('stops when told to, and leaves nothing behind', async () => {
    const text = "test('waits', () => new Promise(() => undefined));";
    const controller = new AbortController();
    const request = await given({ 'web/install.test.ts': text }, { signal: controller.signal });
    const running = runRecipeTests(request);
    setTimeout(() => controller.abort(new Error('cancelled')), 1_000);
    await expect(running).rejects.toThrow('cancelled');
    expect(await markedProcesses(MARK)).toEqual([]);
    expect((await readdir(dir)).filter((name) => !/^tests-\w{6}$/.test(name))).toEqual([]);
  });
});

import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeThrowawayCa, type ThrowawayCa } from '../../../tests/harness/throwaway-ca.ts';
import type { PreparedData } from '../../api/stage-data.ts';
import { readConfig } from '../../config.ts';
import type { TestsJudged } from '../../domain/tests/judge-tests.ts';
import { makeRedactor } from '../../domain/secrets/redact.ts';
import { systemClock } from '../../runtime/clock.ts';
import { makeLayout } from '../../store/layout.ts';
import { appOf, logOf, stepOf } from '../step/testing.ts';
import { exists } from '../../store/exists.ts';
import { runnerOf } from './local-runners.ts';
import { runLocalTests } from './local-tests.ts';
import { MARK_VARIABLE, markedProcesses } from '../../host/marked-processes.ts';

const APP = 'web.ci.test';
const MARK = `unit-${process.pid}/local`;
const SECRET = 'kq7zKQ9-canary-secret';
/** A loopback address of our own, for the relay asks port 443. */
const ADDRESS = `127.43.${(process.pid >> 8) & 255}.${(process.pid & 253) + 1}`;
const baseEnv = { ...readConfig().baseEnv, [MARK_VARIABLE]: MARK };
let ca: ThrowawayCa;
let app: Server;
let dir: string;
let lines: string[];

beforeAll(async () => {
  ca = await makeThrowawayCa();
  const { cert, key } = await ca.issue([APP]);
  app = createServer({ cert, key }, (_request, response) => response.end('tiny-web 1.1.1'));
  app.listen(443, ADDRESS);
  await once(app, 'listening');
  dir = await mkdtemp(join(tmpdir(), 'ccci-local-'));
});
afterAll(async () => {
  app.close();
  await ca.remove();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(() => (lines = []));

/** Runs what these files, committed, hold; a name that begins with `+` is executable. */
async function judged(
  files: Readonly<Record<string, string>>,
  localTests: object = {},
  quarantine: readonly string[] = [],
): Promise<TestsJudged | null> {
  const stateDir = await mkdtemp(join(dir, 'state-'));
  const checkout = join(stateDir, 'recipe');
  const git = async (...args: string[]): Promise<string> =>
    (await execa('git', ['-c', 'user.name=x', '-c', 'user.email=x@x', ...args], { cwd: checkout })).stdout;
  await mkdir(checkout);
  await git('init', '-q');
  for (const [name, text] of Object.entries({ 'compose.yml': 'services: {}\n', ...files })) {
    const file = join(checkout, name.replace(/^\+/, ''));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    if (name.startsWith('+')) await chmod(file, 0o755);
  }
  await git('add', '--all');
  await git('commit', '-qm', 'x');
  const commit = await git('rev-parse', 'HEAD');
  // Only what is committed counts.
  await rm(join(checkout, 'tests'), { recursive: true, force: true });
  const redact = makeRedactor([SECRET]);
  const say = (text: string): void => void lines.push(...redact(text).split('\n'));
  const layout = makeLayout(stateDir);
  const sidecar = join(stateDir, 'app.json');
  await writeFile(sidecar, JSON.stringify({ admin_token: SECRET }));
  const app = appOf(stateDir, {
    request: { app: { domain: APP, stack: 'web_ci_test' } },
    settings: {
      localTests,
      quarantine: quarantine.map((test) => ({
        test,
        because: 'https://git.example.org/1',
        until: systemClock.now().toISOString().slice(0, 10),
        flakes: ['a', 'b'],
      })),
    },
    config: { ...readConfig({}), proxyAddress: ADDRESS, caFile: ca.caFile },
    checkout,
    sidecar,
    env: baseEnv,
  });
  const step = stepOf({ log: { ...logOf(), say, from: () => say, redact } });
  const result = await runLocalTests({ ...app, ...step }, { commit, version: '1.1.1' } as PreparedData);
  expect(await markedProcesses(MARK)).toEqual([]);
  expect(await readdir(layout.secretsDir('u1')).catch(() => [])).toEqual([]);
  return result;
}

describe('runnerOf', () => {
  it.each([
    ['pytest', 'pytest is not installed on this machine (Debian: apt-get install python3-pytest)'],
    ['bats', 'bats is not installed on this machine (Debian: apt-get install bats)'],
  ] as const)('says that %s is missing, and how to get it', async (kind, missing) => {
    expect(await runnerOf({ kind, path: 'tests/x' }, () => Promise.resolve(false))).toEqual({ missing });
  });
});

const shown = (result: TestsJudged | null): string[] =>
  (result?.tests ?? []).map(({ source, file, name, state }) => `${source} ${file} ${name} ${state}`);

const hasPytest = await exists('/usr/bin/pytest-3');
const hasBats = await exists('/usr/bin/bats');
const VITEST = `import { expect, test } from 'vitest';
test('answers', async () => {
  const answer = await fetch(process.env.CCCI_APP_URL as string);
  expect(await answer.text()).toBe('tiny-web ' + process.env.CCCI_VERSION);
});
`;

describe.skipIf(process.getuid?.() !== 0)('runLocalTests', { timeout: 90_000 }, () => {
  it('says nothing where there are none, or where nobody wants them', async () => {
    expect(await judged({ 'tests/README.md': 'x' })).toBeNull();
    expect(lines.join('\n')).toContain('holds no test that cc-ci knows by its name: tests/README.md');
    expect(await judged({ '+tests/check': '#!/bin/sh\n' }, { enabled: false })).toBeNull();
    expect(lines.join('\n')).toContain('are not run');
  });

  it('runs vitest and programs against the app, and says each test', async () => {
    const result = await judged({
      'tests/a.test.ts': VITEST,
      '+tests/check.sh':
        '#!/bin/sh\nset -e\ntest -f compose.yml\ncurl -fsS "$CCCI_APP_URL/" | grep tiny-web\ncd tests && ls\n',
    });
    expect(shown(result)).toEqual([
      'recipe tests/a.test.ts answers passed',
      'recipe tests/check.sh check.sh passed',
    ]);
    expect(result).toMatchObject({
      outcome: 'passed',
      message: '2 tests of the recipe’s own passed.',
      cause: null,
    });
    expect(lines).toContain('check.sh');
  });

  it.runIf(hasPytest)('runs pytest, and names its assertion', async () => {
    const good =
      'import os, urllib.request\ndef test_it():\n    assert b"tiny" in urllib.request.urlopen(os.environ["CCCI_APP_URL"]).read()\n';
    const bad =
      'import pytest\ndef test_sum():\n    assert 1 + 1 == 3\n@pytest.mark.skip\ndef test_later(): pass\n';
    const result = await judged({
      'tests/test_a.py': good,
      'tests/test_b.py': bad,
      'tests/test_c.py': 'import nothing_like_it\n',
    });
    expect(shown(result)).toEqual([
      'recipe tests/test_a.py test_it passed',
      'recipe tests/test_b.py test_sum failed',
      'recipe tests/test_b.py test_later skipped',
      'recipe tests/test_c.py (loading the file) failed',
    ]);
    expect(result?.cause?.message).toBe('tests/test_b.py: "test_sum" failed: assert (1 + 1) == 3');
    expect(result?.tests.at(-1)?.message).toContain('nothing_like_it');
  });

  it.runIf(hasBats)('runs bats, and names its assertion', async () => {
    const bats =
      '@test "good" { curl -fsS "$CCCI_APP_URL"; }\n@test "bad" { false; }\n@test "later" { skip; }\n';
    const result = await judged({ 'tests/a.bats': bats });
    expect(shown(result)).toEqual([
      'recipe tests/a.bats good passed',
      'recipe tests/a.bats bad failed',
      'recipe tests/a.bats later skipped',
    ]);
    expect(result?.cause?.message).toMatch(/^tests\/a\.bats: "bad" failed: .*failed/);
  });

  it('names the assertion of vitest, and a file that does not load', async () => {
    const result = await judged({
      'tests/a.test.ts': `import { expect, test } from 'vitest';\ntest('sums', () => expect(1 + 1).toBe(3));\n`,
      'tests/b.test.js': `import 'nothing-like-it';\n`,
    });
    expect(result).toMatchObject({
      outcome: 'failed',
      cause: {
        reason: 'TestFailed',
        message: expect.stringMatching(/^tests\/a\.test\.ts: "sums" failed: .*expected 2 to be 3/),
      },
    });
    expect(result?.tests.at(-1)).toMatchObject({
      file: 'tests/b.test.js',
      state: 'failed',
      message: expect.stringContaining('nothing-like-it'),
    });
  });

  it.runIf(hasPytest && hasBats)('believes every runner that only quarantined tests failed', async () => {
    const files = {
      'tests/a.test.ts': `${VITEST}\ntest('flakes', () => expect(1).toBe(2));\n`,
      'tests/b.bats': '@test "good" { true; }\n@test "flakes" { false; }\n',
      'tests/test_c.py': 'def test_good(): pass\ndef test_flakes(): assert False\n',
    };
    const names = ['tests/a.test.ts: flakes', 'tests/b.bats: flakes', 'tests/test_c.py: test_flakes'];
    expect(await judged(files, {}, names)).toMatchObject({
      outcome: 'passed',
      cause: null,
      message: expect.stringContaining('3 quarantined tests failed'),
    });
    const [, ...two] = names;
    expect(await judged(files, {}, two)).toMatchObject({
      outcome: 'failed',
      cause: { message: expect.stringContaining('tests/a.test.ts: "flakes" failed') },
    });
    const error = "void Promise.reject(new Error('nobody waits for it'));";
    const broken = { ...files, 'tests/a.test.ts': `${files['tests/a.test.ts']}${error}\n` };
    expect(await judged(broken, {}, names)).toMatchObject({
      outcome: 'failed',
      cause: { reason: 'TestsBroken', message: expect.stringContaining('nobody waits for it') },
    });
  });

  it('ends what does not end', async () => {
    const result = await judged(
      { '+tests/a': '#!/bin/sh\nsleep 300\n', '+tests/b': '#!/bin/sh\n' },
      { timeout: '1s' },
    );
    expect(result).toMatchObject({
      outcome: 'failed',
      cause: { reason: 'TestsTimedOut', message: 'tests/a did not end within 1 s.' },
    });
    expect(shown(result)).toEqual(['recipe tests/a a failed', 'recipe tests/b b passed']);
  });

  it('gives the secrets that were granted, keeps them out of what is shown, and gives no others', async () => {
    const script = '#!/bin/sh\nls "$CCCI_SECRETS_DIR" 2>&1; cat /run/secrets/admin_token 2>&1; exit 1\n';
    expect((await judged({ '+tests/a': script }, { secrets: ['admin_token'] }))?.cause?.message).toContain(
      '[redacted]',
    );
    expect(lines.join('\n')).not.toContain(SECRET);
    expect((await judged({ '+tests/a': script }))?.cause?.message).toContain('No such file');
    expect(await judged({ '+tests/a': script }, { secrets: ['nosuch'] })).toMatchObject({
      outcome: 'errored',
      cause: { reason: 'SandboxFailed', message: expect.stringContaining('"nosuch"') },
    });
  });

  it.runIf(hasPytest)('believes no report that a test wrote into', async () => {
    const text = 'import os\ndef test_x():\n    open(os.environ["CCCI_REPORT"], "a").write("forged\\n")\n';
    expect(await judged({ 'tests/test_x.py': text })).toMatchObject({
      outcome: 'failed',
      cause: { reason: 'TestsBroken', message: expect.stringContaining('its report was written over') },
    });
  });
});

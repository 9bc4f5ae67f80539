import { symlink } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SecretScan } from '../api/secret-scan.ts';
import type { StageResult } from '../api/stage.ts';
import { finishedBody, statusBody, stepOf } from '../ctl/testing.ts';
import { World } from './testing.ts';

let world: World;

beforeEach(async () => {
  world = await World.make();
  await world.start();
});
afterEach(() => world.end());

const HOSTILE = "<script>alert(1)</script>\"onload='x' &amp; \u202e";
const CLEAN: SecretScan = { secrets: [], files: 1, bytes: 1, clean: true, leaks: [], unread: [] };

const RED = finishedBody('Failed', {
  message: 'Failed in upgrade: the service "db" exited.',
  cause: {
    reason: 'ServiceExited',
    message: 'The service "db" exited.',
    service: 'db',
    evidence: 'FATAL: incompatible',
    nextStep: 'Read the notes.',
  },
  steps: [
    stepOf('install', 'passed', 'Healthy.'),
    stepOf('upgrade', 'failed', 'It broke.'),
    stepOf('teardown', 'passed', 'All removed.'),
  ],
});

function log(dir: string, lines: readonly string[], uid = 'u-1'): Promise<void> {
  const text = lines.map((line) => ({
    time: '2020-01-01T00:00:00.000Z',
    level: 'info',
    from: 'abra',
    text: line,
  }));
  const file = `${world.layout.stagesDir(uid)}/${dir}/log.ndjson`;
  return world.write(file, text.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

function scanned(scan: SecretScan = CLEAN, dir = '1-teardown'): Promise<void> {
  return world.write(`${world.layout.stagesDir('u-1')}/${dir}/scan.json`, JSON.stringify(scan));
}

const artifact = (name: string, text: string): Promise<void> =>
  world.write(`${world.layout.artifactsDir('u-1')}/${name}`, text);

const text = async (path: string): Promise<string> => (await world.get(path)).text();
const code = async (path: string): Promise<number> => (await world.get(path)).status;

/** What is written into a page by nobody but us. */
function expectInert(whole: string): void {
  // The one script is a file of ours, and it is asked for once.
  const page = whole.replace('<script type="module" src="/assets/dashboard/client/main.ts"></script>', '');
  expect(page).not.toMatch(/<script|javascript:|\u202e/i);
  const tags = [...page.matchAll(/<[^>]*>/g)].map(([tag]) => tag);
  expect(tags.filter((tag) => /\son\w+\s*=|\sstyle\s*=/.test(tag.replaceAll(/"[^"]*"/g, '""')))).toEqual([]);
  // An address that leads elsewhere is named in the test that wants it.
  expect(page.match(/(?:href|src)="(?!\/|#)[^"]*"/g) ?? []).toEqual([]);
}

describe('every page', () => {
  beforeEach(async () => {
    await world.run('ghost-1', RED);
    await log('1-upgrade', ['FATAL: incompatible']);
    await scanned();
  });

  it.each(['/', '/recipes/ghost', '/runs/ghost-1', '/runs/ghost-1/files', '/recipes/none', '/runs/none'])(
    '%s is a page with no script but ours, which nobody may frame',
    async (path) => {
      const answer = await world.get(path);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy':
          "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
      const page = await answer.text();
      expect(page).toMatch(/^<!doctype html>\n?\s*<html lang="en">/);
      expect(page.match(/<h1[ >]/g)).toHaveLength(1);
      expect(page).toMatch(/<title>[^<]+ · cc-ci<\/title>/);
      expect(page).not.toContain(world.root);
      const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const wanted = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
      expect(wanted.filter((id) => !ids.includes(id))).toEqual([]);
      expectInert(page);
    },
  );

  it('has its style from a file that is sent once', async () => {
    const answer = await world.get('/assets/style.css');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
    const tag = answer.headers.get('etag') ?? '';
    expect((await world.get('/assets/style.css', { 'if-none-match': `W/${tag}, "x"` })).status).toBe(304);
    expect(await code('/assets/..%2fhtml.ts')).toBe(404);
    expect(await code('/assets/html.ts')).toBe(404);
  });
});

describe('the page of a run', () => {
  it('says the verdict, why, and leads to the line that shows it', async () => {
    await world.run('ghost-1', RED, { source: { ref: 'main', pr: 12 }, trigger: { user: 'ada' } });
    await log('1-install', ['fine']);
    await log('1-upgrade', ['starting', 'db: FATAL: incompatible with 16', 'gone']);
    const page = await text('/runs/ghost-1');
    expect(page).toContain('Failed in upgrade: the service &quot;db&quot; exited.');
    expect(page).toContain('Read the notes.');
    expect(page).toContain('href="#upgrade.L2"');
    expect(page).toMatch(/id="upgrade\.L2" class="line info"/);
    expect(page).toMatch(/<h3 id="install">/);
    expect(page).toMatch(/<h3 id="restore">restore[\s\S]*?The run ended before it\./);
    expect(page.match(/<details open/g)).toHaveLength(1);
  });

  it('is text for whoever asks for text, and a page for a browser and for curl', async () => {
    await world.run('ghost-1', RED);
    const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    const types = [{ accept: 'text/plain' }, browser, {}].map(async (headers) =>
      (await world.get('/runs/ghost-1', headers)).headers.get('content-type'),
    );
    const [plain, html] = ['text/plain; charset=utf-8', 'text/html; charset=utf-8'];
    expect(await Promise.all(types)).toEqual([plain, html, html]);
    await world.run('ghost-1.txt', finishedBody('Passed', { uid: 'u-2' }));
    expect(await text('/runs/ghost-1.txt')).toContain('<title>✔ passed · ghost-1.txt');
    expect(await text('/runs/ghost-1.txt.txt')).toMatch(/^Name: +ghost-1\.txt$/m);
  });

  it('holds a log of 20,000 lines as a whole, and of a longer one the end with its numbers', async () => {
    await world.run('ghost-1', RED);
    await log(
      '1-upgrade',
      Array.from({ length: 20_003 }, (_, index) => `line ${index + 1}`),
    );
    const page = await text('/runs/ghost-1');
    expect(page).toContain('3 earlier lines left out.');
    expect(page).toContain('id="upgrade.L20003"');
    expect(page).toContain('id="upgrade.L4"');
    expect(page).not.toContain('id="upgrade.L3"');
    expect(page.match(/class="line /g)).toHaveLength(20_000);
  });

  it('cuts a line of megabytes, and shows what is torn as it is', async () => {
    await world.run('ghost-1', RED);
    await log('1-upgrade', ['x'.repeat(2_000_000), 'end']);
    const page = await text('/runs/ghost-1');
    expect(page.length).toBeLessThan(40_000);
    expect(page).toContain('1990000 more characters');
    expect(page).toContain('end');
  });

  it('is inert, whatever strangers wrote anywhere', async () => {
    const result = {
      step: 'lint',
      outcome: 'failed',
      startedAt: '2020-01-01T00:00:00.000Z',
      finishedAt: '2020-01-01T00:00:00.000Z',
      message: HOSTILE,
      tests: [],
      substeps: [],
      resources: null,
      data: null,
    } as unknown as StageResult;
    await world.run(
      'ghost-1',
      finishedBody('Failed', {
        message: HOSTILE,
        version: HOSTILE,
        commit: HOSTILE,
        cause: {
          reason: HOSTILE,
          message: HOSTILE,
          service: HOSTILE,
          evidence: HOSTILE,
          nextStep: HOSTILE,
        },
        leftovers: [HOSTILE],
        app: { domain: HOSTILE, stack: HOSTILE },
        steps: [stepOf('lint', 'failed', HOSTILE)],
      }),
      {
        source: { ref: 'feature/x', pr: 1 },
        trigger: { kind: 'comment', user: HOSTILE, url: 'javascript:alert(1)' },
      },
    );
    await log('1-lint', [HOSTILE, '\u001b[2J\u001b]0;title\u0007a\rb\u0000']);
    await world.write(`${world.layout.stagesDir('u-1')}/1-lint/result.json`, JSON.stringify(result));
    await world.write(
      `${world.layout.runDir('u-1')}/events.ndjson`,
      `${JSON.stringify({ time: '2020-01-01T00:00:00.000Z', reason: HOSTILE, message: HOSTILE })}\n`,
    );
    for (const path of ['/runs/ghost-1', '/', '/recipes/ghost', '/runs/ghost-1/files']) {
      const page = await text(path);
      expectInert(page);
      // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
      expect(page).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
    }
    expect(await text('/runs/ghost-1')).toContain('&lt;script&gt;');
  });

  it('has a place for what was reported elsewhere, and says what cannot be read', async () => {
    await world.run('ghost-1', RED);
    await world.write(world.layout.reportFile('ghost-1'), 'nonsense');
    const page = await text('/runs/ghost-1');
    expect(page).toContain('What was reported cannot be read');
    expect(page).toContain('First cause');
    expect(page).not.toContain(world.root);
  });

  it('shows no password of an address, and not the environment of the recipe', async () => {
    const address = 'https://me:hunter2@git.example.org/x.git';
    const settings = { category: 'simple', source: { repo: address }, env: { TOKEN: 'hunter2' } };
    await world.run(
      'ghost-1',
      finishedBody('Passed', {
        accepted: {
          run: { recipe: 'ghost', source: { repo: address, ref: 'main' } },
          recipe: settings,
          repo: address,
          createdAt: '2020-01-01T00:00:00.000Z',
        } as never,
      }),
    );
    const page = await text('/runs/ghost-1');
    expect(page).toContain('https://***@git.example.org/x.git');
    expect(page).not.toContain('hunter2');
  });

  it('is there for a run that waits, and for one whose document is wrong', async () => {
    await world.run('waits', statusBody({ uid: 'u-9', queue: { position: 2, reason: 'slots are taken' } }));
    expect(await text('/runs/waits')).toContain('queued: #2, slots are taken');
    await world.write(world.layout.specFile('wrong'), 'kind: Nonsense\n');
    const page = await text('/runs/wrong');
    expect(page).toContain('refused');
    expect(page).not.toContain(world.root);
  });

  it.each(['/runs/A', '/runs/a%00', '/runs/a%2fb', '/runs/none/files', '/runs/none/files/x'])(
    '%s is not there, and says so in a sentence',
    async (path) => {
      expect(await code(path)).toBe(404);
      expect(await text(path)).toMatch(/There is no run|not the name of a run|There is nothing here/);
    },
  );
});

describe('the files of a run', () => {
  beforeEach(async () => {
    await world.run('ghost-1', RED);
    await log('1-upgrade', ['a line']);
    await artifact('app.log', '<script>alert(1)</script>\n');
    await artifact('test/deep.txt', 'deep\n');
  });

  it('are listed and served as text that is never a page, once they were looked through', async () => {
    await scanned();
    const page = await text('/runs/ghost-1/files');
    for (const name of ['1-upgrade.log', 'artifacts/app.log', 'artifacts/test/deep.txt'])
      expect(page).toContain(`href="/runs/ghost-1/files/${name}"`);
    const answer = await world.get('/runs/ghost-1/files/artifacts/app.log');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
    });
    expect(await answer.text()).toBe('<script>alert(1)</script>\n');
    expect(await text('/runs/ghost-1/files/artifacts/test/deep.txt')).toBe('deep\n');
    expect(await text('/runs/ghost-1/files/1-upgrade.log')).toContain('a line');
  });

  it('may have long names', async () => {
    await scanned();
    const name = `${'a name of a test '.repeat(12)}#?%.txt`;
    await artifact(name, 'long\n');
    const path = encodeURIComponent(name);
    expect(await text('/runs/ghost-1/files')).toContain(`/files/artifacts/${path.replaceAll("'", '&#39;')}"`);
    expect(await text(`/runs/ghost-1/files/artifacts/${path}`)).toBe('long\n');
  });

  it('are told by what is in them', async () => {
    await scanned();
    await artifact('page.png', '<html>');
    await artifact('data.txt', 'a\0b');
    await artifact('empty.txt', '');
    const type = async (name: string): Promise<string | null> =>
      (await world.get(`/runs/ghost-1/files/artifacts/${name}`)).headers.get('content-type');
    expect(await type('page.png')).toBe('text/plain; charset=utf-8');
    expect(await type('data.txt')).toBe('application/octet-stream');
    expect(await text('/runs/ghost-1/files/artifacts/empty.txt')).toBe('');
  });

  it.each([
    '../results.json',
    '..%2fresults.json',
    'artifacts/..%2f..%2fresults.json',
    'artifacts/../../results.json',
    'artifacts%2f..%2fresults.json',
    '%2fetc%2fpasswd',
    'artifacts/link',
    'artifacts/folder/passwd',
    'artifacts/',
    'artifacts/app.log%00',
    'artifacts//app.log',
    '1-upgrade/request.json',
    '1-upgrade%2frequest.json',
    'request.json',
    'artifacts/deployed.env',
  ])('do not lead to %s', async (path) => {
    await scanned();
    await artifact('deployed.env', 'CODE=c4n4ry');
    await world.write(`${world.layout.runDir('u-1')}/results.json`, 'out of reach');
    await world.write(`${world.layout.stagesDir('u-1')}/1-upgrade/request.json`, '{}');
    await symlink('/etc/passwd', `${world.layout.artifactsDir('u-1')}/link`);
    await symlink('/etc', `${world.layout.artifactsDir('u-1')}/folder`);
    expect(await code(`/runs/ghost-1/files/${path}`)).toBe(404);
    expect(await text('/runs/ghost-1/files')).not.toMatch(/artifacts\/(?:link|folder)/);
  });

  it.each([
    { because: 'nobody looked', scan: null, says: 'not looked through', log: true },
    { because: 'something stayed', scan: { ...CLEAN, clean: false }, says: 'A secret was found', log: false },
  ])('are not shown where $because', async ({ scan, says, log: shown }) => {
    if (scan !== null) await scanned(scan);
    const page = await text('/runs/ghost-1/files');
    expect(page).toContain(says);
    expect(page).not.toContain('app.log');
    expect(await code('/runs/ghost-1/files/artifacts/app.log')).toBe(404);
    expect(await code('/runs/ghost-1/files/1-upgrade.log')).toBe(404);
    expect((await text('/runs/ghost-1')).includes('a line')).toBe(shown);
    expect((await text('/runs/ghost-1.txt')).includes('a line')).toBe(shown);
  });

  it('are not shown of a run that goes on, nor where an earlier attempt was not looked through', async () => {
    await scanned();
    await log('2-install', ['again']);
    expect(await code('/runs/ghost-1/files/artifacts/app.log')).toBe(404);
    await scanned(CLEAN, '2-teardown');
    expect(await code('/runs/ghost-1/files/artifacts/app.log')).toBe(200);
    await world.run('ghost-2', statusBody({ phase: 'Running', uid: 'u-1' }));
    expect(await code('/runs/ghost-2/files/artifacts/app.log')).toBe(404);
  });
});

describe('the overview and the history', () => {
  const at = (minute: number): string => `2026-11-30T11:${String(minute).padStart(2, '0')}:00.000Z`;
  const run = async (name: string, verdict: 'Passed' | 'Failed', spec: object = {}): Promise<void> => {
    const minute = Number(/\d+$/.exec(name)?.[0]);
    const body = finishedBody(verdict, { uid: `u-${name}`, createdAt: at(minute), begunAt: at(minute) });
    await world.run(name, body, { ...spec });
  };

  it('say what changed, and what goes on', async () => {
    for (const recipe of ['good', 'better', 'worse', 'bad', 'new'])
      await world.enrol(recipe, `https://git.example.org/recipes/${recipe}.git`);
    world.now = new Date(world.now.getTime() + 120_000);
    const runs = { good: 'PP', better: 'FP', worse: 'PF', bad: 'FF' };
    for (const [recipe, verdicts] of Object.entries(runs))
      for (const [index, letter] of verdicts.split('').entries())
        await run(`${recipe}-${index + 1}`, letter === 'P' ? 'Passed' : 'Failed', { recipe });
    // Neither is a verdict on the recipe.
    await run('good-8', 'Failed', { recipe: 'good', trigger: { kind: 'reference' } });
    await world.run('new-1', statusBody({ phase: 'Running', uid: 'u-n', begunAt: at(50) }), {
      recipe: 'new',
    });
    const page = await text('/');
    const part = (from: string, to: string): string => page.split(from)[1]?.split(to)[0] ?? '';
    expect(part('Newly failing (1)', '</section>')).toContain('/runs/worse-2');
    expect(part('Newly passing (1)', '</section>')).toContain('/runs/better-2');
    expect(part('Still failing (1)', '</section>')).toContain('/runs/bad-2');
    expect(part('Now (1)', '</section>')).toContain('/runs/new-1');
    const order = [...page.matchAll(/href="\/recipes\/(\w+)"/g)].map(([, name]) => name);
    expect(order).toEqual(['new', 'worse', 'bad', 'better', 'ghost', 'good']);
    expect(page).toContain('no runs yet');
  });

  it('see a run as soon as it is written', async () => {
    expect(await text('/')).not.toContain('/runs/ghost-3');
    await run('ghost-3', 'Passed');
    expect(await text('/')).toContain('/runs/ghost-3');
    expect(await text('/recipes/ghost')).toContain('/runs/ghost-3');
  });

  it('of a recipe goes back page by page, newest first', async () => {
    for (let index = 0; index < 3; index++) await run(`ghost-${index}`, 'Passed');
    const page = await text('/recipes/ghost');
    const names = [...page.matchAll(/href="\/runs\/(ghost-\d)"/g)].map(([, name]) => name);
    expect(names).toEqual(['ghost-2', 'ghost-1', 'ghost-0']);
    expect(page).toContain('/badge/ghost.svg');
    expect(await text('/recipes/ghost?page=2')).toContain('There are no runs that old.');
    expect(await code('/recipes/ghost?page=<script>')).toBe(200);
  });

  it('of a recipe that is enrolled no more is still there, and one that never was is not', async () => {
    await world.run('old-1', finishedBody('Passed'), { recipe: 'old' });
    expect(await text('/recipes/old')).toContain('not enrolled any more');
    expect(await code('/recipes/never')).toBe(404);
    expect(await code('/recipes/..%2fx')).toBe(404);
  });
});

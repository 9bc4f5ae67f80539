import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { finishedBody, minutesAgo, statusBody, stepOf } from '../ctl/testing.ts';
import { World } from './testing.ts';

let world: World;

beforeEach(async () => {
  world = await World.make();
  await world.start();
});
afterEach(() => world.end());

const HOSTILE = '<script>alert(1)</script>';
const text = async (path: string): Promise<string> => (await world.get(path)).text();
const compose = (uid: string, body: string): Promise<void> =>
  world.write(`${world.layout.artifactsDir(uid)}/deployed-compose.yml`, body);

async function twoRuns(): Promise<void> {
  const green = [stepOf('lint', 'passed'), stepOf('install', 'passed')];
  const red = [stepOf('lint', 'passed'), stepOf('install', 'failed')];
  await world.run(
    'green-1',
    finishedBody('Passed', { uid: 'u-g', createdAt: minutesAgo(90), steps: green, version: '1.0.0+1' }),
  );
  const cause = { reason: 'ServiceExited', message: 'It exited.', evidence: '```\nFATAL' };
  await world.run('red-1', finishedBody('Failed', { uid: 'u-r', steps: red, version: '1.1.0+1', cause }));
  await compose('u-g', 'services:\n  app: { image: a, secret: hunter2 }\n');
  await compose('u-r', 'services:\n  app: { image: b, secret: hunter3 }\n');
}

describe('a red run beside the last green one', () => {
  it('says what is different, and what did not change', async () => {
    await twoRuns();
    const page = await text('/runs/red-1');
    expect(page).toContain('href="/compare/green-1/red-1"');
    expect(page).toMatch(/<th scope="row">version<\/th>\s*<td>1\.0\.0\+1<\/td>\s*<td>1\.1\.0\+1<\/td>/);
    expect(page).toContain('Different: the compose file as it was deployed, in 2 lines.');
    expect(page).toMatch(/What did not change: [^.]*\brecipe\b[^.]*lint \(passed\)/);
    expect(page).not.toContain('hunter');
  });

  it('can be asked for by address, in both orders, and is not there where one is not', async () => {
    await twoRuns();
    for (const path of ['/compare/green-1/red-1', '/compare/red-1/green-1']) {
      const page = await text(path);
      expect(page).toContain('What is different');
      expect(page).not.toContain('hunter');
    }
    expect((await world.get('/compare/green-1/none')).status).toBe(404);
    expect((await world.get('/compare/..%2f/none')).status).toBe(404);
  });

  it('has a command that does it again, and an issue whose quotation nothing in it ends', async () => {
    await twoRuns();
    const page = await text('/runs/red-1');
    expect(page).toMatch(/ccci-ctl run ghost --ref [0-9a-f]{40}/);
    expect(page).toContain('````\n```\nFATAL\n````');
  });
});

describe('what is known of a run', () => {
  it('has its tests, its data, its substeps and its decisions, all of it inert', async () => {
    const step = {
      name: 'install',
      attempt: 1,
      round: 1,
      state: 'failed',
      seconds: 3,
      message: '',
      substeps: [{ name: HOSTILE, seconds: 1.25 }],
      tests: [{ source: 'recipe', name: HOSTILE, file: HOSTILE, state: 'failed', durationMs: 1_500 }],
      cause: null,
      data: {
        ledger: [{ name: HOSTILE, kind: 'file', sums: { beforeBackup: 'abcdef0123', afterRestore: null } }],
      },
    };
    await world.run('ghost-1', finishedBody('Failed'));
    const results = {
      apiVersion: 'x',
      kind: 'RunResults',
      run: 'ghost-1',
      uid: 'u-1',
      recipe: 'ghost',
      pr: null,
      commit: null,
      version: null,
      deployer: null,
      app: null,
      verdict: 'Failed',
      level: 0,
      message: '',
      cause: null,
      beganAt: null,
      finishedAt: null,
      attempts: 1,
      leftovers: [],
      steps: [step],
    };
    await world.write(`${world.layout.runDir('u-1')}/results.json`, JSON.stringify(results));
    const page = await text('/runs/ghost-1');
    expect(page).toContain('1 test, 1 failed');
    expect(page).toContain('1.5s');
    expect(page).toContain('1.3s');
    expect(page).toContain('id="ledger"');
    expect(page).toContain('&lt;script&gt;');
    expect(page.replace(/<script type="module" src="[^"]*"><\/script>/, '')).not.toContain('<script');
  });
});

describe('the queue', () => {
  it('says who waits, why, and that nothing does', async () => {
    expect(await text('/queue')).toContain('Nothing runs and nothing waits.');
    await world.run('waits', statusBody({ uid: 'u-9', queue: { position: 2, reason: HOSTILE } }));
    await world.run(
      'runs',
      statusBody({ uid: 'u-8', phase: 'Running', stage: 'install', begunAt: minutesAgo(2) }),
    );
    const page = await text('/queue');
    expect(page).toContain('#2');
    expect(page).toContain('&lt;script&gt;alert(1)');
    expect(page).toContain('running: install');
  });
});

describe('the newest run of a recipe', () => {
  it('has an address that stays', async () => {
    expect((await world.get('/recipes/ghost/latest')).status).toBe(404);
    await twoRuns();
    const answer = await world.get('/recipes/ghost/latest');
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/runs/red-1']);
    expect((await world.get('/recipes/..%2f/latest')).status).toBe(404);
  });
});

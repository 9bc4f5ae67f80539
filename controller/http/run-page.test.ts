import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { finishedBody, statusBody, stepOf } from '../ctl/testing.ts';
import { withoutCredentials } from '../views/text.ts';
import { World } from './testing.ts';

let world: World;

beforeEach(async () => {
  world = await World.make();
  await world.start();
});
afterEach(() => world.end());

const RED = finishedBody('Failed', {
  steps: [stepOf('install', 'passed'), stepOf('upgrade', 'failed', 'It broke.')],
});

async function log(uid: string, dir: string, lines: readonly string[]): Promise<void> {
  const text = lines.map(
    (line) =>
      `${JSON.stringify({ time: '2020-01-01T00:00:00.000Z', level: 'info', from: 'abra', text: line })}\n`,
  );
  await world.write(`${world.layout.stagesDir(uid)}/${dir}/log.ndjson`, text.join(''));
}

const page = async (name: string): Promise<string> => (await world.get(`/runs/${name}.txt`)).text();

describe('a run as text', () => {
  it('is what describe says, and the end of the log of the step that decided', async () => {
    await world.run('ghost-1', RED);
    await log('u-1', '1-install', ['of install']);
    await log(
      'u-1',
      '1-upgrade',
      Array.from({ length: 1_000 }, (_, index) => `line ${index}`),
    );
    const answer = await world.get('/runs/ghost-1.txt');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    const text = await answer.text();
    expect(text).toMatch(/^Name: +ghost-1$/m);
    expect(text).toMatch(/^ {2}State: +✘ failed: upgrade$/m);
    expect(text).toContain('Log of upgrade, the last 200 lines at most:\n  [abra] line 800\n');
    expect(text.endsWith('  [abra] line 999\n')).toBe(true);
    expect(text).not.toContain('of install');
    expect(text).not.toContain('line 799');
    expect(text).not.toContain(world.root);
  });

  it('shows the log of the step that runs', async () => {
    await world.run(
      'ghost-2',
      statusBody({ phase: 'Running', uid: 'u-2', steps: [stepOf('install', 'running')] }),
    );
    await log('u-2', '1-install', ['pulling']);
    expect(await page('ghost-2')).toContain('Log of install, the last 1 lines at most:\n  [abra] pulling\n');
  });

  it('has no log where nothing failed, and says where a step left none', async () => {
    await world.run('green', finishedBody('Passed', { uid: 'u-3', steps: [stepOf('install', 'passed')] }));
    await log('u-3', '1-install', ['fine']);
    expect(await page('green')).not.toContain('fine');
    await world.run('ghost-1', RED);
    await world.write(`${world.layout.stagesDir('u-1')}/1-upgrade/request.json`, '{}');
    expect(await page('ghost-1')).toContain('Log of upgrade: <none>\n');
  });

  it('reads no more of a log of any length than it shows', async () => {
    await world.run('ghost-1', RED);
    await log(
      'u-1',
      '1-upgrade',
      Array.from({ length: 100 }, (_, index) => `${index} ${'x'.repeat(10_000)}`),
    );
    const text = await page('ghost-1');
    expect(text.length).toBeLessThan(200_000);
    expect(text).toContain('  [abra] 99 x');
    expect(text).not.toContain('  [abra] 50 x');
  });

  it('is inert, whatever a recipe said', async () => {
    await world.run('ghost-1', RED);
    await log('u-1', '1-upgrade', ['\u001b[2J\u001b]0;title\u0007 <script>\u202e', 'a\rb\u0000']);
    const text = await page('ghost-1');
    // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202e]/);
  });

  it('holds no password of a git address', async () => {
    await world.run('ghost-1', RED, {
      source: { ref: 'main', repo: 'https://me:hunter2@git.example.org/x.git' },
    });
    const text = await page('ghost-1');
    expect(text).toContain('https://***@git.example.org/x.git');
    expect(text).not.toContain('hunter2');
  });

  it.each(['%2e%2e%2fx', 'a%2fb', 'A', 'a%00', 'a%0a', '%F0%9F%92%A9'])(
    'is not there for %s, which is no name',
    async (name) => {
      const answer = await world.get(`/runs/${name}`, { accept: 'text/plain' });
      expect(answer.status).toBe(404);
      expect(await answer.text()).toMatch(/^[A-Z][\w\s]+\.\n$/);
    },
  );

  it('is not there for a run that is not', async () => {
    expect(await page('none')).toBe('There is no run "none": it was deleted, or it never was.\n');
  });
});

it.each([
  ['https://me:pw@host/x', 'https://***@host/x'],
  ['http://token@host/x', 'http://***@host/x'],
  ['ssh://git@host/x', 'ssh://git@host/x'],
  ['https://host/a@b', 'https://host/a@b'],
  ['https://a@b@host/', 'https://***@host/'],
])('%s is shown as %s', (text, want) => expect(withoutCredentials(text)).toBe(want));

import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestRunStatusBody } from '../../api/test-run-status.ts';
import { EXIT } from '../terminal/exit.ts';
import { finishedBody, Fixture, minutesAgo, SHA, stepOf } from '../testing.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await Fixture.make();
});

afterEach(() => fixture.remove());

interface Given {
  readonly status?: Partial<TestRunStatusBody>;
  readonly recipe?: string;
  readonly subject?: string;
  readonly digest?: string;
  readonly compose?: string;
  readonly env?: string;
  readonly log?: readonly string[];
}

/** A run of the recipe `ghost` that was kept whole, asked for so many minutes ago. */
async function kept(name: string, minutes: number, given: Given = {}): Promise<void> {
  const uid = `uid-${name}`;
  const app = { domain: `ghost-${uid}.ci.test`, stack: `ghost-${uid}_ci_test` };
  const over = { uid, app, version: '1.0.0+5', createdAt: minutesAgo(minutes), ...given.status };
  const steps = [stepOf('prepare', 'passed'), stepOf('install', 'passed')];
  const deployer = { kind: 'builtin', version: '0.13.0', bin: '/opt/abra' } as const;
  const body = finishedBody('Passed', { steps, deployer, ...over });
  await fixture.run(name, body, { recipe: given.recipe ?? 'ghost' });
  const { layout } = fixture;
  const prepared = {
    commit: body.commit,
    subject: given.subject ?? 'First',
    version: body.version,
    previousVersion: null,
    images: [{ image: 'ghost:5', id: 'sha256:1', digest: given.digest ?? 'sha256:aaaa' }],
    warnings: [],
    deployer,
  };
  const at = minutesAgo(minutes);
  const result = {
    step: 'prepare',
    outcome: 'passed',
    startedAt: at,
    finishedAt: at,
    message: '',
    data: prepared,
  };
  await fixture.write(join(layout.stagesDir(uid), '1-prepare', 'result.json'), JSON.stringify(result));
  await fixture.log(uid, '1-prepare', [{ text: `ghost at ${body.commit?.slice(0, 8)}` }]);
  const log = given.log ?? ['healthy after 3 s'];
  await fixture.log(uid, '1-install', [
    { text: `https://${app.domain}/: 200` },
    ...log.map((text) => ({ text })),
  ]);
  const { compose = 'services:\n  app:\n    image: ghost:5\n', env = 'TIMEOUT=60\n' } = given;
  await fixture.write(join(layout.artifactsDir(uid), 'deployed-compose.yml'), compose);
  await fixture.write(join(layout.artifactsDir(uid), 'deployed.env'), `DOMAIN=${app.domain}\n${env}`);
}

const OTHER: Given = {
  status: {
    verdict: 'Failed',
    commit: 'b'.repeat(40),
    steps: [
      stepOf('prepare', 'passed'),
      { ...stepOf('install', 'failed'), startedAt: minutesAgo(18), finishedAt: minutesAgo(15) },
    ],
  },
  subject: 'A newer image',
  digest: 'sha256:bbbb',
  compose: 'services:\n  app:\n    image: ghost:5\n    init: true\n',
  env: 'TIMEOUT=90\n',
  log: ['exited with 1\u001B[2J'],
};

describe('diff', () => {
  it('shows what is different since the newest green run of the recipe before it', async () => {
    await kept('older', 60);
    await kept('green', 30);
    await kept('elsewhere', 25, { recipe: 'hedgedoc' });
    await kept('x', 20, OTHER);
    await kept('later', 5);
    const { code, out, err } = await fixture.call('diff', 'run/x');
    expect({ code, err }).toEqual({ code: EXIT.ok, err: '' });
    await expect(out).toMatchFileSnapshot('golden/diff-run.txt');
  });

  it('says that nothing differs but times, ids and names', async () => {
    await kept('green', 30, { log: ['healthy after 9 s'] });
    await kept('x', 20);
    const { code, out } = await fixture.call('diff', 'run/x', 'run/green');
    expect(code).toBe(EXIT.ok);
    expect(out).toContain('Nothing differs except times, ids and names.');
    expect(out).not.toContain('newest green');
    const { out: json } = await fixture.call('diff', 'x', 'green', '-o', 'json');
    expect(JSON.parse(json)).toMatchObject({
      kind: 'RunDiff',
      same: true,
      before: { run: 'green', verdict: 'Passed' },
      after: { run: 'x' },
    });
  });

  it('has for scripts all that differs', async () => {
    await kept('green', 30);
    await kept('x', 20, OTHER);
    expect((await fixture.call('diff', 'run/x', '-o', 'name')).out).toBe('run/green\n');
    const { out } = await fixture.call('diff', 'run/x', '-o', 'json');
    const found = JSON.parse(out) as { facts: { name: string; before: string; after: string }[] };
    expect(found).toMatchObject({
      same: false,
      env: {
        changes: [{ text: 'DOMAIN=<domain>' }, { text: 'TIMEOUT=60' }, { op: 'added', text: 'TIMEOUT=90' }],
      },
      logs: [{ stage: 'install', before: { line: 2, text: 'healthy after 3 s' } }],
    });
    expect(found.facts.find(({ name }) => name === 'commit')).toEqual({
      name: 'commit',
      before: SHA,
      after: 'b'.repeat(40),
    });
  });

  it('compares what there is of a run that kept nothing', async () => {
    await fixture.run('old', finishedBody('Passed', { createdAt: minutesAgo(30) }));
    await kept('x', 20);
    const { code, out } = await fixture.call('diff', 'run/x');
    expect(code).toBe(EXIT.ok);
    expect(out).toContain('not compared: run/old did not get that far, or kept none');
    expect(out).toMatch(/install +- +✔ passed 60\.0s$/m);
  });

  it('paints what was removed and added, and only where colours are wanted', async () => {
    await kept('green', 30);
    await kept('x', 20, OTHER);
    fixture.tty = true;
    expect((await fixture.call('diff', 'run/x')).out).toContain('\u001B[32m+ TIMEOUT=90\u001B[39m');
    fixture.env = { NO_COLOR: '1' };
    expect((await fixture.call('diff', 'run/x')).out).not.toContain('\u001B');
  });

  it.each([
    {
      because: 'without a green run before it there is nothing to compare with',
      words: ['run/x'],
      code: EXIT.notFound,
      err: 'There is no green run of "ghost" before run/x.',
    },
    {
      because: 'an unknown run suggests the nearest',
      words: ['run/x', 'run/latr'],
      code: EXIT.notFound,
      err: 'Did you mean "later"?',
    },
    {
      because: 'a run is the same as itself',
      words: ['run/x', 'run/x'],
      code: EXIT.usage,
      err: 'same as itself',
    },
    {
      because: 'two are compared',
      words: ['x', 'later', 'y'],
      code: EXIT.usage,
      err: 'Two runs are compared',
    },
    { because: 'a name is needed', words: ['runs'], code: EXIT.usage, err: 'Two runs are compared' },
    {
      because: 'recipes are not compared',
      words: ['recipe/ghost'],
      code: EXIT.usage,
      err: 'Two runs are compared',
    },
  ])('$because', async ({ words, code, err }) => {
    await kept('red-before', 30, { status: { verdict: 'Failed' } });
    await kept('elsewhere', 25, { recipe: 'hedgedoc' });
    await kept('x', 20);
    await kept('later', 5);
    const answer = await fixture.call('diff', ...words);
    expect(answer).toMatchObject({ code, out: '', err: expect.stringContaining(err) });
  });
});

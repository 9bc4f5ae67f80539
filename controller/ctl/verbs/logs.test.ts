import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../terminal/exit.ts';
import { finishedBody, Fixture, minutesAgo, NOW, statusBody } from '../testing.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await Fixture.make();
});

afterEach(() => fixture.remove());

const result = (outcome: string): string =>
  JSON.stringify({
    step: 'lint',
    outcome,
    startedAt: NOW.toISOString(),
    finishedAt: NOW.toISOString(),
    message: 'm',
  });

/** Two attempts; in the second lint passed, install failed and teardown needed two rounds. */
async function fill(status = finishedBody('Failed', { attempt: 2 })): Promise<void> {
  await fixture.run('x', status);
  const dir = (name: string): string => join(fixture.layout.stagesDir('u-1'), name);
  await fixture.log('u-1', '1-lint', [{ text: 'first attempt' }]);
  await fixture.log('u-1', '2-install', [
    { text: 'deploying', from: 'abra', time: minutesAgo(30) },
    { text: 'FATAL', from: 'db', level: 'error' },
  ]);
  await fixture.log('u-1', '2-teardown-2', [{ text: 'second broom' }]);
  await fixture.log('u-1', '2-teardown', [{ text: 'first broom' }]);
  await fixture.log('u-1', '2-lint', [{ text: 'linted' }]);
  await fixture.write(join(dir('2-lint'), 'result.json'), result('passed'));
  await fixture.write(join(dir('2-install'), 'result.json'), result('failed'));
  await fixture.write(join(dir('strange'), 'log.ndjson'), '{}');
}

describe('logs', () => {
  it.each([
    {
      because: 'shows the last attempt in the order in which it was done',
      words: [],
      want: ['linted', 'deploying', 'FATAL', 'first broom', 'second broom'],
    },
    { because: 'shows one stage', words: ['--stage', 'install'], want: ['deploying', 'FATAL'] },
    { because: 'shows one speaker', words: ['--service', 'db'], want: ['FATAL'] },
    { because: 'shows who speaks', words: ['--service', 'db', '--prefix'], want: ['[install/db] FATAL'] },
    {
      because: 'tells rounds apart',
      words: ['--stage', 'teardown', '--prefix'],
      want: ['[teardown/ccci] first broom', '[teardown#2/ccci] second broom'],
    },
    {
      because: 'shows when',
      words: ['--service', 'abra', '--timestamps'],
      want: ['2020-01-01T11:30:00.000Z deploying'],
    },
    { because: 'leaves out what is older', words: ['--since', '10m', '--stage', 'install'], want: ['FATAL'] },
    { because: 'shows the end', words: ['--tail', '2'], want: ['first broom', 'second broom'] },
    { because: 'shows nothing for a tail of none', words: ['--tail', '0'], want: [] },
    { because: 'shows what failed', words: ['--failed'], want: ['deploying', 'FATAL'] },
    { because: 'shows the attempt before', words: ['--previous'], want: ['first attempt'] },
  ])('$because', async ({ words, want }) => {
    await fill();
    const { code, out } = await fixture.call('logs', 'run/x', ...words);
    expect({ code, lines: out.split('\n').slice(0, -1) }).toEqual({ code: 0, lines: want });
  });

  it('shows a line that is no log line as it is, and lets none move the cursor', async () => {
    await fixture.run('x', finishedBody('Passed'));
    await fixture.write(
      join(fixture.layout.stagesDir('u-1'), '1-lint', 'log.ndjson'),
      'bare \u001b[31mtext\u0007\n{"torn',
    );
    expect((await fixture.call('logs', 'x')).out).toBe('bare text?\n');
  });

  it('a step that we stopped counts as failed', async () => {
    await fill();
    const file = join(fixture.layout.stagesDir('u-1'), '2-lint', 'stopped.json');
    await fixture.write(file, JSON.stringify({ reason: 'overdue', at: NOW.toISOString() }));
    expect((await fixture.call('logs', 'x', '--failed')).out).toContain('linted');
  });

  it.each([
    {
      because: 'a run that has not started says so',
      status: statusBody({ uid: 'u-0' }),
      words: [],
      err: 'has not started a stage: Waits for a slot.',
    },
    {
      because: 'where nothing matches the stages are named',
      status: finishedBody('Failed', { attempt: 2 }),
      words: ['--service', 'nobody'],
      err: 'stages with a folder: lint, install, teardown',
    },
  ])('$because', async ({ status, words, err }) => {
    await fill(status);
    const answer = await fixture.call('logs', 'x', ...words);
    expect({ code: answer.code, out: answer.out }).toEqual({ code: 0, out: '' });
    expect(answer.err).toContain(err);
  });

  it.each([
    {
      because: 'a mistyped stage suggests the nearest',
      words: ['logs', 'run/x', '--stage', 'instal'],
      code: EXIT.usage,
      err: 'Did you mean "install"?',
    },
    {
      because: 'an unknown run is 3',
      words: ['logs', 'run/y'],
      code: EXIT.notFound,
      err: 'There is no run "y"',
    },
    {
      because: 'a recipe has no log',
      words: ['logs', 'recipe/x'],
      code: EXIT.usage,
      err: 'does not work on recipes',
    },
  ])('$because', async ({ words, code, err }) => {
    await fill();
    const answer = await fixture.call(...words);
    expect(answer.code).toBe(code);
    expect(answer.err).toContain(err);
  });
});

describe('logs -f', () => {
  it('shows what comes, half lines only when they are whole, and ends with the run', async () => {
    await fixture.run('x', statusBody({ phase: 'Running' }));
    const file = join(fixture.layout.stagesDir('u-1'), '1-lint', 'log.ndjson');
    const line = (text: string): string =>
      JSON.stringify({ time: NOW.toISOString(), level: 'info', from: 'ccci', text });
    await fixture.log('u-1', '1-lint', [{ text: 'one' }]);
    fixture.meanwhile.push(
      () => appendFile(file, line('zwö').slice(0, 20)),
      () => appendFile(file, `${line('zwö').slice(20)}\n`),
      () => fixture.log('u-1', '1-install', [{ text: 'three' }]),
      async () => {
        await appendFile(file, `${line('last')}\n`);
        await fixture.status('x', finishedBody('Failed'));
      },
    );
    const { code, out } = await fixture.call('logs', 'run/x', '-f');
    expect({ code, out }).toEqual({ code: 0, out: 'one\nzwö\nthree\nlast\n' });
  });

  it('takes over the verdict with -E', async () => {
    await fixture.run('x', statusBody({ phase: 'Running' }));
    fixture.meanwhile.push(() => fixture.status('x', finishedBody('Errored')));
    expect((await fixture.call('logs', 'run/x', '-f', '-E')).code).toBe(EXIT.notJudged);
  });

  it('ends when the run is deleted', async () => {
    await fixture.status('x', statusBody({ phase: 'Running' }));
    fixture.meanwhile.push(() => rm(fixture.layout.statusFile('x')));
    const { code, err } = await fixture.call('logs', 'run/x', '-f');
    expect(code).toBe(EXIT.notFound);
    expect(err).toContain('run/x is gone');
  });

  it('Ctrl-C is 130', async () => {
    await fixture.run('x', statusBody({ phase: 'Running' }));
    fixture.patience = 1;
    expect((await fixture.call('logs', 'run/x', '-f')).code).toBe(EXIT.interrupted);
  });
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestRunStatusBody } from '../../api/test-run-status.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { type Answer, finishedBody, Fixture, NOW, statusBody, stepOf } from '../testing.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await Fixture.make();
});
afterEach(() => fixture.remove());

const COMMAND = ['logs', 'run/x', '--follow', '--exit-with-stage', '--cancel-on-term', '--stage'];
const follow = (stage: string): Promise<Answer> => fixture.call(...COMMAND, stage);
const running = (over: Partial<TestRunStatusBody> = {}): TestRunStatusBody =>
  statusBody({ phase: 'Running', stage: 'lint', ...over });

it('waits for the stage, says what for, shows it whole, and ends with it while the run goes on', async () => {
  await fixture.run('x', statusBody({ queue: { position: 2, reason: 'one slot, held by "y"' } }));
  fixture.meanwhile.push(
    () => fixture.status('x', running({ steps: [stepOf('lint', 'running')] })),
    () => fixture.log('u-1', '1-lint', [{ text: 'not asked for' }]),
    async () => {
      await fixture.log('u-1', '1-install', [{ text: 'one' }, { text: 'zwö' }]);
      const steps = [stepOf('lint', 'passed'), stepOf('install', 'running')];
      await fixture.status('x', running({ stage: 'install', steps }));
    },
    () =>
      fixture.status('x', running({ stage: 'upgrade', steps: [stepOf('install', 'passed', 'Healthy.')] })),
  );
  const { code, out, err } = await follow('install');
  expect({ code, out }).toEqual({ code: EXIT.ok, out: 'one\nzwö\n' });
  expect(err.split('\n')).toEqual([
    'waiting for install: ◌ queued: #2, one slot, held by "y"',
    'waiting for install: ▶ running: lint',
    'install running',
    'install passed: Healthy.',
    '',
  ]);
});

interface Row {
  readonly because: string;
  readonly status: TestRunStatusBody;
  readonly stage?: string;
  readonly stopped?: 'overdue' | 'cancelled' | 'deleted';
  readonly code: ExitCode;
  readonly err: string;
}
const install = (state: Parameters<typeof stepOf>[1], message = ''): TestRunStatusBody =>
  running({ steps: [stepOf('install', state, message)] });

describe('the exit code', () => {
  it.each<Row>([
    { because: 'is 0 where it passed', status: install('passed'), code: EXIT.ok, err: 'install passed' },
    {
      because: 'is 0 where there was nothing to do',
      status: install('skipped'),
      code: EXIT.ok,
      err: 'skipped',
    },
    {
      because: 'is 0 where it could not be verified, which ends no run',
      status: install('unverified', 'No backup.'),
      code: EXIT.ok,
      err: 'install unverified: No backup.',
    },
    {
      because: 'is 1 where it failed, also while the run goes on',
      status: install('failed', 'Service "app" exited.'),
      code: EXIT.failed,
      err: 'install failed: Service "app" exited.',
    },
    {
      because: 'is 4 where it was not judged',
      status: install('errored'),
      code: EXIT.notJudged,
      err: 'errored',
    },
    {
      because: 'is 1 where it went past its limit',
      status: install('stopped'),
      stopped: 'overdue',
      code: EXIT.failed,
      err: 'install stopped',
    },
    {
      because: 'is 5 where it was ended with its run',
      status: install('stopped'),
      stopped: 'cancelled',
      code: EXIT.cancelled,
      err: 'install stopped',
    },
    {
      because: 'is 4 where its process was lost and it was not done again',
      status: finishedBody('Errored', { attempt: 1, steps: [stepOf('install', 'lost')] }),
      code: EXIT.notJudged,
      err: 'install is lost: run/x ended before. Errored.',
    },
    {
      because: 'is 4 where it was not reached: what was not tested is not green',
      status: finishedBody('Failed', { attempt: 1, steps: [stepOf('lint', 'failed')] }),
      code: EXIT.notJudged,
      err: 'install was not reached: run/x ended before. Failed.',
    },
    {
      because: 'is 5 where it was not reached because the run was cancelled',
      status: finishedBody('Cancelled', { attempt: 0 }),
      code: EXIT.cancelled,
      err: 'install was not reached',
    },
    {
      because: 'is 8 where the run was refused',
      status: statusBody({ phase: 'Refused', message: 'Not enrolled.' }),
      code: EXIT.invalid,
      err: 'install was not reached: run/x ended before. Not enrolled.',
    },
    {
      because: 'is 0 for evidence that a green run had no need of',
      status: finishedBody('Passed', { attempt: 1 }),
      stage: 'evidence',
      code: EXIT.ok,
      err: 'evidence was not reached',
    },
    {
      because: 'is 0 where it is no part of the run, as is said at once',
      status: statusBody(),
      stage: 'upgrade',
      code: EXIT.ok,
      err: 'upgrade is no part of run/x, which was asked for lint, install.',
    },
  ])('$because', async ({ status, stage = 'install', stopped, code, err }) => {
    await fixture.run('x', status, { stages: ['lint', 'install'] });
    const text = JSON.stringify({ reason: stopped, at: NOW.toISOString() });
    const file = join(fixture.layout.stagesDir('u-1'), '1-install', 'stopped.json');
    if (stopped !== undefined) await fixture.write(file, text);
    const answer = await follow(stage);
    expect(answer.code).toBe(code);
    expect(answer.err).toContain(err);
  });

  it('is never 78, which Drone takes for "skip the rest"', () => {
    expect(Object.values(EXIT)).not.toContain(78);
  });

  it('is 3 where the run is gone', async () => {
    expect((await follow('install')).code).toBe(EXIT.notFound);
  });
});

it('goes on into the next attempt where the process of the stage was lost', async () => {
  await fixture.run('x', install('lost'));
  fixture.meanwhile.push(
    () => fixture.status('x', running({ attempt: 2, steps: [stepOf('install', 'lost')] })),
    async () => {
      await fixture.log('u-1', '2-install', [{ text: 'again' }]);
      const steps = [stepOf('install', 'lost'), { ...stepOf('install', 'passed'), attempt: 2 }];
      await fixture.status('x', running({ attempt: 2, steps }));
    },
  );
  expect(await follow('install')).toMatchObject({ code: EXIT.ok, out: 'again\n' });
});

it('follows teardown until the run is over: it may be done more than once', async () => {
  const steps = [stepOf('teardown', 'failed')];
  await fixture.run('x', running({ phase: 'Cleaning', steps }));
  fixture.meanwhile.push(
    () => fixture.log('u-1', '1-teardown-2', [{ text: 'second broom' }]),
    () => fixture.status('x', finishedBody('Passed', { attempt: 1, steps: [stepOf('teardown', 'passed')] })),
  );
  expect(await follow('teardown')).toMatchObject({ code: EXIT.ok, out: 'second broom\n' });
});

describe('SIGTERM', () => {
  const cancelOf = async (): Promise<string | undefined> =>
    /cancel: .*/.exec(await readFile(fixture.layout.specFile('x'), 'utf8'))?.[0];

  it.each([
    {
      because: 'cancels the run, naming the build',
      env: { DRONE_BUILD_NUMBER: '7' },
      want: 'cancel: { by: person, who: Drone, why: "its build #7 was cancelled or ran out of time" }',
    },
    {
      because: 'cancels the run where the number is none',
      env: { DRONE_BUILD_NUMBER: '7\nx' },
      want: 'cancel: { by: person, who: Drone, why: the step that followed it was ended }',
    },
  ])('$because', async ({ env, want }) => {
    fixture.env = env;
    await fixture.run('x', running());
    fixture.meanwhile.push(() => fixture.term.abort());
    const { code, err } = await follow('install');
    expect({ code, cancel: await cancelOf() }).toEqual({ code: EXIT.cancelled, cancel: want });
    expect(err).toContain('run/x cancelled: ');
  });

  it.each([
    { because: 'the run is over by then', status: finishedBody('Passed'), spec: {}, want: undefined },
    { because: 'somebody was first', status: running(), spec: { cancel: true }, want: 'cancel: true' },
  ])('changes nothing where $because', async ({ status, spec, want }) => {
    await fixture.run('x', status, spec);
    fixture.term.abort();
    const { code, err } = await follow('install');
    expect({ code, cancel: await cancelOf() }).toEqual({ code: EXIT.cancelled, cancel: want });
    expect(err).toBe('run/x was over or cancelled before.\n');
  });
});

it.each([
  { because: 'no stage', words: ['-f', '--exit-with-stage'], err: 'Add --stage <stage> and --follow.' },
  { because: 'no waiting', words: ['--stage', 'lint', '--exit-with-stage'], err: 'Add --stage <stage> and' },
  { because: 'no following', words: ['--cancel-on-term'], err: 'Add --follow.' },
])('is no command with $because', async ({ words, err }) => {
  await fixture.run('x', running());
  const answer = await fixture.call('logs', 'run/x', ...words);
  expect(answer.code).toBe(EXIT.usage);
  expect(answer.err).toContain(err);
});

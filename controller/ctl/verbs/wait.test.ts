import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../terminal/exit.ts';
import { finishedBody, Fixture, minutesAgo, statusBody, stepOf } from '../testing.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await Fixture.make();
});

afterEach(() => fixture.remove());

const CLEANED = {
  type: 'Cleaned',
  reason: 'NothingLeft',
  message: 'x',
  lastTransitionTime: minutesAgo(1),
} as const;
const failed = finishedBody('Failed', {
  cause: {
    reason: 'TaskFailed',
    message: 'service "db" exited 1',
    service: 'db',
    evidence: 'FATAL: incompatible',
    nextStep: 'Raise the version.',
  },
  steps: [stepOf('upgrade', 'failed'), stepOf('teardown', 'passed')],
});

describe('wait --for=verdict exits with the verdict', () => {
  it.each([
    {
      because: 'passed is 0',
      status: finishedBody('Passed'),
      code: 0,
      out: '✔ passed after 8m0s, level 5 of 5 (run/x)',
    },
    { because: 'failed is 1', status: failed, code: 1, out: '✘ failed: upgrade after 8m0s' },
    { because: 'timed out is 1', status: finishedBody('TimedOut'), code: 1, out: '⏱ timed out' },
    {
      because: 'not judged is 4',
      status: finishedBody('Errored', { cause: { reason: 'RegistryLimit', message: 'm' } }),
      code: 4,
      out: '⚠ not judged: RegistryLimit',
    },
    { because: 'cancelled is 5', status: finishedBody('Cancelled'), code: 5, out: '⊘ cancelled' },
    {
      because: 'refused is 8',
      status: statusBody({ phase: 'Refused', message: 'not enrolled' }),
      code: 8,
      out: '✘ refused',
    },
  ])('$because', async ({ status, code, out }) => {
    await fixture.startController();
    await fixture.run('x', status);
    const answer = await fixture.call('wait', 'run/x', '--for=verdict');
    expect(answer.code).toBe(code);
    expect(answer.out).toContain(out);
    expect(answer.err).toBe('');
  });

  it('says cause, evidence, next step and what teardown found', async () => {
    await fixture.run('x', failed);
    const { out } = await fixture.call('wait', 'run/x', '--for=verdict');
    expect(out).toMatchInlineSnapshot(`
      "✘ failed: upgrade after 8m0s, level 1 of 5 (run/x)
        cause:     service "db" exited 1
        service:   db
        evidence:  FATAL: incompatible
        next:      Raise the version.
        teardown:  nothing left
      "
    `);
  });

  it('an invalid document is over before any controller sees it', async () => {
    await fixture.write(fixture.layout.specFile('x'), 'nonsense: true\n');
    expect((await fixture.call('wait', 'run/x', '--for=verdict')).code).toBe(EXIT.invalid);
  });

  it('prints the object as json', async () => {
    await fixture.run('x', failed);
    const { code, out } = await fixture.call('wait', 'run/x', '--for=verdict', '-o', 'json');
    expect(code).toBe(EXIT.failed);
    expect(JSON.parse(out)).toMatchObject({ kind: 'TestRun', status: { verdict: 'Failed' } });
  });
});

describe('wait for something else', () => {
  it.each([
    {
      because: 'a phase that is reached is 0',
      goal: 'phase=Cleaning',
      after: statusBody({ phase: 'Cleaning' }),
      code: 0,
    },
    {
      because: 'phases are found in any case',
      goal: 'phase=cleaning',
      after: statusBody({ phase: 'Cleaning' }),
      code: 0,
    },
    {
      because: 'a verdict may be named as a phase',
      goal: 'phase=Passed',
      after: finishedBody('Passed'),
      code: 0,
    },
    {
      because: 'Succeeded is another word for it',
      goal: 'phase=Succeeded',
      after: finishedBody('Passed'),
      code: 0,
    },
    {
      because: 'a run that failed instead ends the wait at once',
      goal: 'phase=Succeeded',
      after: failed,
      code: 1,
    },
    {
      because: 'a run that was cancelled instead ends it with 5',
      goal: 'phase=Cleaning',
      after: finishedBody('Cancelled'),
      code: 5,
    },
    {
      because: 'a run that passed without showing the phase is no success',
      goal: 'phase=Cleaning',
      after: finishedBody('Passed'),
      code: 1,
    },
    {
      because: 'a condition that becomes true is 0',
      goal: 'condition=Cleaned',
      after: statusBody({ conditions: [{ ...CLEANED, status: 'True' }] }),
      code: 0,
    },
    {
      because: 'a condition may be waited for as false',
      goal: 'condition=Cleaned=False',
      after: statusBody({ conditions: [{ ...CLEANED, status: 'False' }] }),
      code: 0,
    },
  ])('$because', async ({ goal, after, code }) => {
    await fixture.startController();
    await fixture.run('x', statusBody({}));
    fixture.meanwhile.push(() => fixture.status('x', after));
    const answer = await fixture.call('wait', 'run/x', `--for=${goal}`);
    expect({ code: answer.code, err: code === 0 ? answer.err : '' }).toEqual({ code, err: '' });
    if (code !== 0) expect(answer.err).toContain('can no longer be reached');
  });

  it('any of several goals is enough', async () => {
    await fixture.startController();
    await fixture.run('x', statusBody({ phase: 'Running' }));
    expect((await fixture.call('wait', 'run/x', '--for=phase=Cleaning', '--for', 'phase=Running')).code).toBe(
      0,
    );
  });

  it('a deletion is met when spec and status are gone', async () => {
    await fixture.startController();
    await fixture.status('x', finishedBody('Passed'));
    fixture.meanwhile.push(() => rm(fixture.layout.statusFile('x')));
    expect(await fixture.call('wait', 'run/x', '--for=delete')).toEqual({
      code: 0,
      out: 'run/x is gone\n',
      err: '',
    });
  });

  it('a run that is deleted meanwhile can reach nothing any more', async () => {
    await fixture.startController();
    await fixture.spec('x');
    fixture.meanwhile.push(() => rm(fixture.layout.specFile('x')));
    const { code, err } = await fixture.call('wait', 'run/x', '--for=verdict');
    expect(code).toBe(EXIT.notFound);
    expect(err).toContain('was deleted');
  });
});

describe('wait, when it takes too long', () => {
  it('ends with 124 at the timeout, and says that the run goes on', async () => {
    await fixture.startController();
    await fixture.run('x', statusBody({ phase: 'Running' }));
    const { code, err } = await fixture.call('wait', 'run/x', '--for=verdict', '--timeout', '2s');
    expect(code).toBe(EXIT.timeout);
    expect(err).toContain('the run goes on');
  });

  it('says at once that no controller is running, waits on, and ends with 7 at the timeout', async () => {
    await fixture.spec('x');
    const { code, err } = await fixture.call('wait', 'run/x', '--for=verdict', '--timeout', '2s');
    expect(code).toBe(EXIT.unreachable);
    expect(err).toContain(
      'no controller is running on /tmp/x/state; start it with `npm start`: until then the run stays queued\n',
    );
    expect(err.match(/no controller is running/g)).toHaveLength(1);
  });

  it('goes on when a controller comes up', async () => {
    await fixture.spec('x');
    fixture.meanwhile.push(
      () => fixture.startController(),
      () => fixture.status('x', finishedBody('Passed')),
    );
    const { code, err } = await fixture.call('wait', 'run/x', '--for=verdict', '--timeout', '2s');
    expect(code).toBe(EXIT.ok);
    expect(err).toContain('a controller is running now');
  });

  it('Ctrl-C is 130', async () => {
    await fixture.run('x', statusBody({}));
    fixture.patience = 1;
    expect((await fixture.call('wait', 'run/x', '--for=verdict')).code).toBe(EXIT.interrupted);
  });
});

describe('wait, when it cannot be understood', () => {
  it.each([
    {
      because: 'a goal is needed',
      words: ['wait', 'run/x'],
      code: EXIT.usage,
      err: "required option '--for <goal>'",
    },
    {
      because: 'a mistyped phase suggests the nearest',
      words: ['wait', 'run/x', '--for=phase=Runing'],
      code: EXIT.usage,
      err: 'Did you mean "Running"?',
    },
    {
      because: 'a mistyped condition suggests the nearest',
      words: ['wait', 'run/x', '--for=condition=Cleand'],
      code: EXIT.usage,
      err: 'Did you mean "Cleaned"?',
    },
    {
      because: 'an unknown goal names the known ones',
      words: ['wait', 'run/x', '--for=green'],
      code: EXIT.usage,
      err: 'Goals are verdict',
    },
    {
      because: 'an unknown run is 3',
      words: ['wait', 'run/y', '--for=verdict'],
      code: EXIT.notFound,
      err: 'There is no run "y"',
    },
    {
      because: 'a recipe has no verdict',
      words: ['wait', 'recipe/x', '--for=verdict'],
      code: EXIT.usage,
      err: 'does not work on recipes',
    },
    {
      because: 'a timeout is a duration',
      words: ['wait', 'run/x', '--for=verdict', '--timeout', '5'],
      code: EXIT.usage,
      err: 'Write for example --timeout 30m',
    },
    {
      because: 'one run at a time',
      words: ['wait', 'run', 'x', 'y', '--for=verdict'],
      code: EXIT.usage,
      err: 'One name at a time',
    },
  ])('$because', async ({ words, code, err }) => {
    await fixture.run('x', statusBody({}));
    const answer = await fixture.call(...words);
    expect(answer.code).toBe(code);
    expect(answer.err).toContain(err);
    expect(answer.err).toContain('next: ');
  });
});

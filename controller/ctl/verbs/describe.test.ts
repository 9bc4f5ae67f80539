import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../terminal/exit.ts';
import { finishedBody, Fixture, minutesAgo, SHA, statusBody, stepOf } from '../testing.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await Fixture.make();
});

afterEach(() => fixture.remove());

describe('of a run', () => {
  const report = (uid: string, reference: object | null = null): string =>
    JSON.stringify({
      apiVersion: 'ccci.coopcloud.tech/v1',
      kind: 'ReportStatus',
      metadata: { name: 'x', resourceVersion: 1 },
      status: {
        uid,
        reference,
        conditions: [
          {
            type: 'CommitStatusSet',
            status: 'True',
            reason: 'Said',
            message: 'failure',
            time: minutesAgo(5),
          },
        ],
      },
    });
  it.each([
    {
      because: 'shows what was said elsewhere',
      text: report('u-1'),
      want: /CommitStatusSet +True +Said +.*5m.* failure/,
    },
    {
      because: 'says whose fault it is',
      text: report('u-1', {
        run: 'ghost-ref-c0ffee112233',
        commit: 'c0ffee1122334455667788990011223344556677',
        branch: 'main',
        outcome: 'alreadyFailing',
        since: 'beef0011223344556677889900112233445566aa',
      }),
      want: /^Fault: +Already failing on `main` since `beef001`: the same step fails .*`ghost-ref-c0ffee112233`/m,
    },
    {
      because: 'says that a report cannot be read',
      text: '{"torn',
      want: /^Reports: .*x\.json cannot be read/m,
    },
    {
      because: 'shows no report of an earlier run of that name',
      text: report('u-0'),
      want: /^(?!.*Reports)/s,
    },
    { because: 'shows no reports where there are none', text: null, want: /^(?!.*Reports)/s },
  ])('$because', async ({ text, want }) => {
    await fixture.run('x', finishedBody('Failed'));
    if (text !== null) await fixture.write(fixture.layout.reportFile('x'), text);
    expect((await fixture.call('describe', 'run/x')).out).toMatch(want);
  });

  it('shows everything that is known of a run', async () => {
    await fixture.spec('x', { stages: ['lint', 'upgrade'], source: { ref: 'main', pr: 12 } }, { pr: '12' });
    await fixture.status(
      'x',
      finishedBody('Failed', {
        message: 'Failed in upgrade: service "db" exited 1.',
        app: { domain: 'ghost-pr12-abcde.ci.test', stack: 'ghost-pr12-abcde_ci_test' },
        version: '1.2.0+5.0',
        deployer: { kind: 'builtin', version: '0.13.0', bin: '/opt/abra' },
        cause: {
          reason: 'TaskFailed',
          message: 'service "db" exited 1',
          service: 'db',
          evidence: 'FATAL: old files',
          nextStep: 'Raise it.',
        },
        steps: [stepOf('lint', 'passed', 'clean'), stepOf('upgrade', 'failed', 'db exited 1')],
        conditions: [
          {
            type: 'Succeeded',
            status: 'False',
            reason: 'StageFailed',
            message: 'see cause',
            lastTransitionTime: minutesAgo(10),
          },
        ],
      }),
    );
    await fixture.write(
      `${fixture.layout.runDir('u-1')}/events.ndjson`,
      `${JSON.stringify({ time: minutesAgo(18), reason: 'Admitted', message: 'It has a slot.' })}\n`,
    );
    const { code, out } = await fixture.call('describe', 'run/x');
    expect(code).toBe(EXIT.ok);
    await expect(out).toMatchFileSnapshot('golden/describe-run.txt');
  });

  it('shows a run that no controller has seen', async () => {
    await fixture.spec('x');
    const { out } = await fixture.call('describe', 'run', 'x');
    expect(out).toContain('State:        ◌ pending');
    expect(out).toContain('Not yet seen by a controller.');
  });

  it('shows where a refused document is wrong, and what to do', async () => {
    await fixture.write(fixture.layout.specFile('x'), fixture.specText('x', { timout: '5m' }));
    const { out } = await fixture.call('describe', 'run/x');
    expect(out).toMatch(/Problem: +\/tmp\/x\/state\/testruns\/x\.yaml:\d+:\d+: spec: unknown key "timout"/);
    expect(out).toContain('Spec: <cannot be read>');
    expect(out).toContain('ccci-ctl explain run.spec');
  });

  it('shows the tasks of a live app', async () => {
    await fixture.run('x', statusBody({ phase: 'Running', app: { domain: 'd', stack: 's' } }));
    const task = {
      service: 'db',
      state: 'failed',
      desired: 'shutdown',
      exitCode: 1,
      health: null,
      error: 'task: non-zero exit (1)',
    };
    fixture.cluster = { ...fixture.cluster, tasks: () => Promise.resolve([task]) };
    expect((await fixture.call('describe', 'run/x')).out).toMatch(
      /db +failed +shutdown +1 +- +task: non-zero exit/,
    );
  });

  it('says that the swarm does not answer instead of failing', async () => {
    await fixture.run('x', statusBody({ phase: 'Blind', app: { domain: 'd', stack: 's' } }));
    const { code, out } = await fixture.call('describe', 'run/x');
    expect(code).toBe(EXIT.ok);
    expect(out).toContain('Tasks: not seen: Docker does not answer.');
  });

  it('says what teardown left', async () => {
    await fixture.run('x', finishedBody('Failed', { leftovers: ['volume x_data'] }));
    expect((await fixture.call('describe', 'run/x')).out).toContain('left behind: volume x_data');
  });
});

describe('of a recipe', () => {
  it('shows its settings and its last runs', async () => {
    await fixture.recipe('ghost', { health: { path: '/status' } });
    await fixture.run('x', finishedBody('Passed', { commit: SHA }));
    const { out } = await fixture.call('describe', 'recipe/ghost');
    expect(out).toContain('Last run:     x: Passed');
    expect(out).toContain('    path: /status');
    expect(out).toMatch(/ {2}x +Passed +5 +20m/);
    expect(out).not.toContain('Quarantine:');
  });

  it('shows which tests are quarantined, whether that counts now, and in which runs they flaked', async () => {
    const entry = { because: 'https://git.example.org/1', flakes: ['x-1', 'x-2'] };
    await fixture.recipe('ghost', {
      quarantine: [
        { ...entry, test: 'ghost/test.test.ts: a', until: minutesAgo(-1440).slice(0, 10) },
        { ...entry, test: 'ghost/test.test.ts: b', until: '2019-01-01' },
        { ...entry, test: 'ghost/test.test.ts: c', until: '2019-01-01', flakes: ['x-1', 'x-3'] },
      ],
    });
    for (const [run, state] of [
      ['x-1', 'failed'],
      ['x-2', 'passed'],
    ] as const) {
      await fixture.run(run, finishedBody('Passed', { uid: run }));
      const test = { name: 'a', file: 'ghost/test.test.ts', state, durationMs: 1 };
      const step = { name: 'test', attempt: 1, round: 1, state: 'passed', seconds: 1, message: '' };
      const head = { apiVersion: 'v1', kind: 'RunResults', run, uid: run, recipe: 'ghost', pr: null };
      const nulls = {
        version: null,
        deployer: null,
        app: null,
        cause: null,
        beganAt: null,
        finishedAt: null,
      };
      const verdict = { verdict: 'Passed', level: 5, message: '', attempts: 1, leftovers: [], commit: SHA };
      const results = {
        ...head,
        ...nulls,
        ...verdict,
        steps: [{ ...step, substeps: [], tests: [test], cause: null, data: {} }],
      };
      await fixture.write(`${fixture.layout.runDir(run)}/results.json`, JSON.stringify(results));
    }
    const { out } = await fixture.call('describe', 'recipe/ghost');
    expect(out).toMatch(
      /test\.ts: a +\S+ +in force +yes +x-1 \(failed at a1b2c3d\), x-2 \(passed at a1b2c3d\) +https:\S+1$/m,
    );
    expect(out).toMatch(/test\.ts: b +2019-01-01 +ended +no +x-1 \(did not run at a1b2c3d\)/);
    expect(out).toMatch(/test\.ts: c +2019-01-01 +ended +not kept +x-1 .*, x-3 \(not kept\)/);
  });

  it.each([
    {
      because: 'an unknown recipe suggests the nearest',
      words: ['recipe/gost'],
      code: EXIT.notFound,
      err: 'Did you mean "ghost"?',
    },
    {
      because: 'only runs and recipes are described',
      words: ['queue/x'],
      code: EXIT.usage,
      err: 'It works on runs and recipes',
    },
    { because: 'a name is needed', words: ['run'], code: EXIT.usage, err: 'A name is missing' },
    { because: 'half a target is none', words: ['run/'], code: EXIT.usage, err: 'is not <kind>/<name>' },
  ])('$because', async ({ words, code, err }) => {
    await fixture.recipe('ghost');
    const answer = await fixture.call('describe', ...words);
    expect(answer.code).toBe(code);
    expect(answer.err).toContain(err);
  });
});

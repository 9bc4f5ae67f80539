import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { API_VERSION } from '../../api/primitives.ts';
import type { RunResults } from '../../api/results.ts';
import { TestRunBody, type TestRun } from '../../api/test-run.ts';
import type { TestRunStatusBody } from '../../api/test-run-status.ts';
import { parseTestRun } from '../../store/parse-document.ts';
import { EXIT } from '../terminal/exit.ts';
import { finishedBody, Fixture, minutesAgo, SHA, statusBody, stepOf } from '../testing.ts';

let fixture: Fixture;

const CHANGES = [
  { service: 'app', from: 'wiki:1', to: 'wiki:2' },
  { service: 'db', from: 'mariadb:10.6', to: 'mariadb:11.4' },
];
const STEPS = [stepOf('prepare', 'passed'), stepOf('install', 'passed'), stepOf('upgrade', 'failed')];
const LOST = { reason: 'DataLost', message: '2 are not as they were.' };
const red = finishedBody('Failed', { cause: LOST, steps: STEPS });
const green = finishedBody('Passed', { level: null, steps: STEPS.slice(0, 2) });
const errored = finishedBody('Errored', {
  cause: { reason: 'RegistryRateLimit', message: 'The registry’s rate limit was reached.' },
  steps: [stepOf('prepare', 'errored')],
});

const ASKED = {
  source: { ref: 'main', pr: 3 },
  stages: ['lint', 'install', 'upgrade', 'test'],
  timeout: '20m',
};

interface Found {
  readonly changes?: typeof CHANGES;
  readonly matrix?: readonly object[];
}

/** A red run with what it found of its images. */
async function makeRed(over: Partial<TestRunStatusBody> = {}, found: Found = {}): Promise<void> {
  await fixture.run('red', { ...red, ...over }, ASKED);
  const { changes = CHANGES, matrix = [] } = found;
  const prepared = {
    commit: SHA,
    subject: 'Upgrade everything',
    version: '2.0.0+2',
    previousVersion: '1.0.0+1',
    images: [],
    imageChanges: changes,
    warnings: [],
    deployer: { kind: 'simulated', version: '0', bin: '' },
  };
  const upgraded = {
    from: null,
    fromSelection: { wanted: '1.0.0+1', taken: '1.0.0+1', reason: '', tried: [] },
    proof: null,
    ledger: [],
    secrets: [],
    downtime: null,
    volumes: [],
    notes: [],
    matrix,
  };
  const step = (name: 'prepare' | 'upgrade', data: object): RunResults['steps'][number] => ({
    name,
    attempt: 1,
    round: 1,
    state: name === 'upgrade' ? 'failed' : 'passed',
    superficial: false,
    seconds: 1,
    message: '',
    substeps: [],
    tests: [],
    cause: null,
    data: { ...data },
  });
  const results: RunResults = {
    apiVersion: API_VERSION,
    kind: 'RunResults',
    run: 'red',
    uid: 'u-1',
    recipe: 'ghost',
    pr: 3,
    commit: SHA,
    version: null,
    deployer: null,
    app: null,
    verdict: 'Failed',
    level: 1,
    levelSays: '',
    abraRulesJudged: null,
    flags: null,
    message: '',
    cause: LOST,
    beganAt: null,
    finishedAt: null,
    attempts: 1,
    leftovers: [],
    resources: null,
    steps: [step('prepare', prepared), step('upgrade', upgraded)],
  };
  await fixture.write(join(fixture.layout.runDir('u-1'), 'results.json'), JSON.stringify(results));
}

beforeEach(async () => {
  fixture = await Fixture.make();
  await fixture.recipe('ghost');
  await fixture.startController();
});

afterEach(() => fixture.remove());

async function written(name: string): Promise<TestRun> {
  const file = fixture.layout.specFile(name);
  const text = await readFile(file, 'utf8');
  expect(parseTestRun(text, file)).toMatchObject({ ok: true });
  return parse(text) as TestRun;
}

const ends = (name: string, status: TestRunStatusBody) => (): Promise<void> => fixture.status(name, status);

describe('bisect', () => {
  it('asks for each bump alone, at the same commit, as far as the run went, and belongs to no pull request', async () => {
    await makeRed();
    fixture.meanwhile.push(ends('red-only-app', green), ends('red-only-db', red));
    expect((await fixture.call('bisect', 'run/red')).code).toBe(EXIT.ok);
    expect(await written('red-only-db')).toEqual({
      apiVersion: 'ccci.coopcloud.tech/v1',
      kind: 'TestRun',
      metadata: { name: 'red-only-db', labels: { 'bisect-of': 'red', recipe: 'ghost' } },
      spec: {
        recipe: 'ghost',
        source: { ref: SHA },
        stages: ['install', 'upgrade'],
        timeout: '20m',
        bump: { only: ['db'] },
        trigger: { kind: 'cli', user: 'ada' },
      },
    });
    expect(await readdir(fixture.layout.testruns)).toEqual([
      'red-only-app.yaml',
      'red-only-db.yaml',
      'red.yaml',
    ]);
  });

  it('waits, and names the bump that fails like the run did', async () => {
    await makeRed();
    const running = statusBody({ phase: 'Running', stage: 'install' });
    fixture.meanwhile.push(
      ends('red-only-app', running),
      ends('red-only-app', green),
      ends('red-only-db', red),
    );
    const { code, out, err } = await fixture.call('bisect', 'run/red');
    expect(code).toBe(EXIT.ok);
    expect(out).toMatchInlineSnapshot(`
      "SERVICE   FROM           TO             VERDICT    CAUSE
      app       wiki:1         wiki:2         ✔ passed   -
      db        mariadb:10.6   mariadb:11.4   ✘ failed   upgrade: DataLost: 2 are not as they were.

      The bump of "db" (mariadb 10.6 → 11.4) alone fails like the run did: upgrade: DataLost: 2 are not as they were.
      "
    `);
    expect(err).toMatchInlineSnapshot(`
      "run/red-only-app created
      run/red-only-db created
      run/red-only-app:
      2020-01-01T12:00:00.000Z ◌ pending
      2020-01-01T12:00:00.200Z ▶ running: install
        ✔ passed
      run/red-only-db:
      2020-01-01T12:00:00.400Z ◌ pending
        ✘ failed: upgrade
      "
    `);
  });

  it('compares where each failed, not what was unverified before', async () => {
    await makeRed();
    const unverified = stepOf('install', 'unverified');
    fixture.meanwhile.push(
      ends('red-only-app', green),
      ends('red-only-db', { ...red, steps: [unverified, stepOf('upgrade', 'failed')] }),
    );
    const { out } = await fixture.call('bisect', 'red');
    expect(out).toContain('The bump of "db" (mariadb 10.6 → 11.4) alone fails like the run did: upgrade:');
  });

  it('picks up the runs that it made, and is at once where they are over', async () => {
    await makeRed();
    expect(await fixture.call('bisect', 'red', '--no-wait')).toMatchObject({
      code: EXIT.ok,
      out: 'run/red-only-app\nrun/red-only-db\n',
    });
    await fixture.status('red-only-app', red);
    await fixture.status('red-only-db', green);
    fixture.patience = 0;
    const { code, out, err } = await fixture.call('bisect', 'red');
    expect(code).toBe(EXIT.ok);
    expect(err).toContain('run/red-only-app picked up\nrun/red-only-db picked up\n');
    expect(out).toContain('The bump of "app" (wiki 1 → 2) alone fails like the run did');
  });

  it('tries the commit with no bump at all where every bump fails alone', async () => {
    await makeRed();
    fixture.meanwhile.push(
      ends('red-only-app', red),
      ends('red-only-db', red),
      async () => expect((await written('red-no-bump')).spec.bump).toEqual({ only: [] }),
      ends('red-no-bump', red),
    );
    const { code, out } = await fixture.call('bisect', 'red');
    expect(code).toBe(EXIT.ok);
    expect(out).toMatch(/^\(none\) +- +- +✘ failed +upgrade: DataLost: 2 are/m);
    expect(out).toContain('No image bump is to blame: with none of them the commit fails like the run did');
  });

  it('says what it found as an object', async () => {
    await makeRed();
    fixture.meanwhile.push(ends('red-only-app', green), ends('red-only-db', red));
    const { out } = await fixture.call('bisect', 'red', '-o', 'json');
    expect(JSON.parse(out)).toMatchObject({
      kind: 'Bisect',
      run: 'red',
      commit: SHA,
      bumps: [
        { ...CHANGES[0], run: 'red-only-app', verdict: 'Passed', alone: 'passed' },
        { ...CHANGES[1], run: 'red-only-db', verdict: 'Failed', alone: 'like', step: 'upgrade', cause: LOST },
      ],
      none: null,
      conclusion: { judged: true, text: expect.stringContaining('The bump of "db"') },
    });
  });

  it.each([
    { because: 'a run that was not judged is 4', end: errored, code: EXIT.notJudged },
    { because: 'one that was cancelled is 5', end: finishedBody('Cancelled'), code: EXIT.cancelled },
  ])('$because, and nothing is concluded', async ({ end, code }) => {
    await makeRed();
    fixture.meanwhile.push(ends('red-only-app', green), ends('red-only-db', end));
    const answer = await fixture.call('bisect', 'red');
    expect(answer.code).toBe(code);
    expect(answer.out).toContain(
      'Could not judge: the bump of "db" (mariadb 10.6 → 11.4) alone was not judged',
    );
  });

  it('Ctrl-C leaves the runs, and says how to end them and how to go on', async () => {
    await makeRed();
    fixture.patience = 1;
    const { code, err } = await fixture.call('bisect', 'red');
    expect(code).toBe(EXIT.interrupted);
    for (const line of [
      'the runs go on',
      '`ccci-ctl bisect run/red` picks them up again',
      'ccci-ctl cancel run/red-only-app\n',
      'ccci-ctl cancel run/red-only-db\n',
    ])
      expect(err).toContain(line);
    expect(await readdir(fixture.layout.testruns)).toContain('red-only-db.yaml');
  });

  it('stops waiting after --wait-timeout, for all of them together', async () => {
    await makeRed();
    const { code, err } = await fixture.call('bisect', 'red', '--wait-timeout', '1s');
    expect(code).toBe(EXIT.timeout);
    expect(err).toContain('picks them up again');
  });

  it.each([
    { because: 'another wish of the same name', spec: { source: { ref: SHA }, bump: { only: ['x'] } } },
    { because: 'another commit', spec: { source: { ref: 'f'.repeat(40) }, bump: { only: ['app'] } } },
  ])('does not take $because for its own', async ({ spec }) => {
    await makeRed();
    await fixture.spec('red-only-app', { stages: ['install', 'upgrade'], ...spec });
    const { code, err } = await fixture.call('bisect', 'red');
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('run/red-only-app exists already, and asks for something else');
    expect(err).toContain('ccci-ctl delete run/red-only-app --wait');
  });

  it.each([
    { because: 'a run that nobody knows', words: ['rad'], code: EXIT.notFound, err: 'Did you mean "red"?' },
    { because: 'a green run', over: green, err: 'run/red is green' },
    { because: 'a run that goes on', over: statusBody({ phase: 'Running' }), err: 'is not finished' },
    {
      because: 'a failure before anything was deployed',
      over: { steps: [stepOf('lint', 'failed')] },
      err: 'failed in lint',
    },
    { because: 'one image', found: { changes: CHANGES.slice(1) }, err: 'one image only, that of "db"' },
    { because: 'a record without images', found: { changes: [] }, err: 'ccci-ctl rerun run/red' },
    {
      because: 'a failure on the way from an older version',
      found: { matrix: [{ version: '0.9.0+1', outcome: 'failed', message: '' }] },
      err: 'from a version older',
    },
    {
      because: 'a run that applied only some bumps itself',
      over: {
        accepted: {
          run: TestRunBody.parse({ recipe: 'ghost', bump: { only: ['db'] } }),
          recipe: { category: 'simple', source: { repo: '/x' } } as never,
          repo: '/x',
          createdAt: red.createdAt,
        },
      },
      err: 'applied only some image bumps itself',
    },
  ])(
    'is refused for $because, and asks for nothing',
    async ({ words = ['red'], over = {}, found = {}, code = EXIT.usage, err }) => {
      await makeRed(over, found);
      const answer = await fixture.call('bisect', ...words);
      expect({ code: answer.code, out: answer.out }).toEqual({ code, out: '' });
      expect(answer.err).toContain(err);
      expect(answer.err).toContain('next: ');
      expect(await readdir(fixture.layout.testruns)).toEqual(['red.yaml']);
    },
  );
});

describe('a run with only some image bumps', () => {
  it('is not the recipe’s last run, and reaches no level of it', async () => {
    await fixture.run('whole', red);
    await fixture.run(
      'part',
      { ...green, uid: 'u-2', finishedAt: minutesAgo(1) },
      {
        bump: { only: ['db'] },
      },
    );
    const { out } = await fixture.call('get', 'recipes', '-o', 'json');
    expect(JSON.parse(out)).toMatchObject({
      items: [{ status: { lastRun: 'whole', lastVerdict: 'Failed', level: 1, runs: 2 } }],
    });
  });

  it('says so where its verdict is told', async () => {
    await fixture.run('part', green, { bump: { only: ['db'] } });
    const { out } = await fixture.call('wait', 'run/part', '--for=verdict');
    expect(out).toContain('scope:     With only the image of "db" bumped: no verdict on the commit.');
  });

  it('is asked again as it was', async () => {
    await fixture.run('part', green, { bump: { only: ['db'] } });
    await fixture.call('rerun', 'run/part');
    expect(await written('ghost-a1b2c3d-id1')).toMatchObject({ spec: { bump: { only: ['db'] } } });
  });

  it('may be written by hand, with each service once', async () => {
    const apply = async (only: readonly string[]): Promise<number> => {
      fixture.stdin = fixture.specText('part', { bump: { only } });
      return (await fixture.call('apply', '-f', '-')).code;
    };
    expect(await apply(['db', 'db'])).toBe(EXIT.invalid);
    expect(await apply(['no service'])).toBe(EXIT.invalid);
    expect(await apply(['db'])).toBe(EXIT.ok);
  });
});

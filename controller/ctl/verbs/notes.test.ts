import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LintData, UpgradeData } from '../../api/stage-data.ts';
import { EXIT } from '../terminal/exit.ts';
import { finishedBody, Fixture, minutesAgo, statusBody } from '../testing.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await Fixture.make();
});

afterEach(() => fixture.remove());

const STACK = 'ghost-abcde_ci_test';
const LINT = {
  findings: [],
  omitted: 0,
  errors: 0,
  warnings: 0,
  comparedWith: '1.1.0+5.0',
  notCompared: null,
  operatorNotes: [
    {
      kind: 'newSecret',
      subject: 'db_key',
      text: 'The secret `db_key` is new: `abra app secret generate <domain> db_key v1`.',
      byHand: true,
      told: false,
    },
    {
      kind: 'image',
      subject: 'app',
      text: 'The service `app` runs\u001b[31m `x:2`.',
      byHand: false,
      told: false,
    },
  ],
  abra: { kind: 'builtin', ownRulesJudged: false, rules: [] },
} satisfies LintData;
const UPGRADE = {
  from: { version: '1.1.0+5.0', commit: 'c', deployed: 'pinned', proof: null },
  fromSelection: { wanted: '1.1.0+5.0', taken: '1.1.0+5.0', reason: 'NewestPublished', tried: [] },
  proof: null,
  ledger: [],
  secrets: [],
  downtime: { seconds: 2.5, probes: 31, answers: { '200': 31 }, firstGoodAfter: null },
  volumes: [`${STACK}_content`],
  notes: [],
  rollback: null,
  matrix: [],
  backup: null,
} satisfies UpgradeData;

async function result(step: string, data: object, { attempt = 1, outcome = 'passed' } = {}): Promise<void> {
  const [startedAt, finishedAt] = [minutesAgo(18), minutesAgo(17)];
  const text = JSON.stringify({ step, outcome, startedAt, finishedAt, message: 'Well.', data });
  await fixture.write(`${fixture.layout.stagesDir('u-1')}/${attempt}-${step}/result.json`, text);
}

/** A run of which lint and upgrade are done. */
async function done(over: Parameters<typeof finishedBody>[1] = {}): Promise<void> {
  await fixture.run('x', finishedBody('Passed', { app: { domain: 'd', stack: STACK }, version: '1.2.0+5.1', ...over }));
  await result('lint', LINT);
  await result('upgrade', UPGRADE);
} // oxfmt-ignore

describe('notes', () => {
  it('prints Markdown, and what the recipe does not tell yet beside it', async () => {
    await done();
    const { code, out, err } = await fixture.call('notes', 'run/x');
    expect(code).toBe(EXIT.ok);
    await expect(out).toMatchFileSnapshot('golden/notes.txt');
    expect(err).toBe("By hand, and not yet named in the recipe's release note: db_key.\n");
  });

  it('prints the same for programs', async () => {
    await done();
    const { out } = await fixture.call('notes', 'x', '-o', 'json');
    expect(JSON.parse(out)).toMatchObject({
      kind: 'OperatorNotes',
      metadata: { name: 'x', recipe: 'ghost', version: '1.2.0+5.1' },
      from: '1.1.0+5.0',
      notes: [{ kind: 'newSecret', byHand: true }, { kind: 'image' }],
      measured: [expect.stringContaining('down for 2.5 s'), expect.stringContaining('the volume content')],
    });
  });

  it('says why nothing was compared, and exits as for an empty list', async () => {
    await fixture.run('x', finishedBody('Passed'));
    await result('lint', { ...LINT, comparedWith: null, notCompared: 'no other version is published', operatorNotes: [] });
    const answer = await fixture.call('notes', 'run/x');
    expect(answer).toEqual({ code: EXIT.ok, out: '', err: 'Nothing was compared: no other version is published.\n' });
  }); // oxfmt-ignore

  it('is about the last attempt', async () => {
    await done();
    await result('prepare', {}, { attempt: 2 });
    const { code, err } = await fixture.call('notes', 'run/x');
    expect(code).toBe(EXIT.notJudged);
    expect(err).toContain('run/x ended before lint had compared the versions');
  });

  it.each<{ because: string; run: () => Promise<void>; words?: string[]; code: number; err: RegExp }>([
    {
      because: 'an unknown run suggests the nearest',
      run: () => done(),
      words: ['run/xx'],
      code: EXIT.notFound,
      err: /There is no run "xx".*\nnext: Did you mean "x"\?/,
    },
    {
      because: 'recipes have no notes',
      run: () => done(),
      words: ['recipe/x'],
      code: EXIT.usage,
      err: /It works on runs/,
    },
    {
      because: 'a run that goes on has no whole notes',
      run: async () => {
        await fixture.run('x', statusBody({ phase: 'Running', stage: 'upgrade' }));
        await result('lint', LINT);
      },
      code: EXIT.notFound,
      err: /run\/x is not over.*\nnext: `ccci-ctl wait run\/x --for=verdict`/,
    },
    {
      because: 'a run that was not asked for lint',
      run: () => fixture.run('x', finishedBody('Passed'), { stages: ['install'] }),
      code: EXIT.notFound,
      err: /was not asked for lint.*\nnext: `ccci-ctl run ghost --stages lint,install,upgrade --wait`/,
    },
    {
      because: 'a run that ended before lint',
      run: () => fixture.run('x', finishedBody('Errored', { message: 'No git.' }), { stages: ['lint'] }),
      code: EXIT.notJudged,
      err: /ended before lint had compared the versions: No git\./,
    },
    {
      because: 'lint that could not judge',
      run: async () => {
        await fixture.run('x', finishedBody('Errored'), { stages: ['lint'] });
        await result('lint', {}, { outcome: 'errored' });
      },
      code: EXIT.notJudged,
      err: /ended before lint/,
    },
    {
      because: 'a result that is torn',
      run: async () => {
        await fixture.run('x', finishedBody('Errored'), { stages: ['lint'] });
        await fixture.write(`${fixture.layout.stagesDir('u-1')}/1-lint/result.json`, '{"step":');
      },
      code: EXIT.notJudged,
      err: /ended before lint/,
    },
    {
      because: 'a refused document compared nothing',
      run: () => fixture.write(fixture.layout.specFile('x'), fixture.specText('x', { timout: '5m' })),
      code: EXIT.invalid,
      err: /run\/x was refused/,
    },
    {
      because: 'an unknown format',
      run: () => done(),
      words: ['run/x', '-o', 'jsn'],
      code: EXIT.usage,
      err: /There is no output format "jsn"/,
    },
  ])('$because', async ({ run, words = ['run/x'], code, err }) => {
    await run();
    const answer = await fixture.call('notes', ...words);
    expect({ code: answer.code, out: answer.out }).toEqual({ code, out: '' });
    expect(answer.err).toMatch(err);
  });
});

describe('the section of a described run', () => {
  it('shows the same for operators', async () => {
    await done();
    const { out } = await fixture.call('describe', 'run/x');
    const section = /^For operators[\s\S]*?\n\n/m.exec(out)?.[0];
    await expect(section).toMatchFileSnapshot('golden/describe-operators.txt');
  });

  it('shows it as soon as lint is done, and says why there is nothing', async () => {
    await fixture.run('x', statusBody({ phase: 'Running', stage: 'lint' }));
    expect((await fixture.call('describe', 'run/x')).out).toContain('\nFor operators: <none>\n');
    await result('lint', LINT);
    expect((await fixture.call('describe', 'run/x')).out).toContain('    - The secret `db_key` is new');
    await result('lint', { ...LINT, comparedWith: null, notCompared: 'no other version', operatorNotes: [] });
    expect((await fixture.call('describe', 'run/x')).out).toContain('For operators: no other version\n');
  });
});

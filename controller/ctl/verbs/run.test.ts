import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseTestRun } from '../../store/parse-document.ts';
import { EXIT } from '../terminal/exit.ts';
import { runNameOfCommit } from '../../client/create-run.ts';
import { isPath } from './run.ts';
import { finishedBody, Fixture, SHA, statusBody } from '../testing.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await Fixture.make();
  await fixture.recipe('ghost');
});

afterEach(() => fixture.remove());

async function written(name: string): Promise<unknown> {
  const file = fixture.layout.specFile(name);
  const text = await readFile(file, 'utf8');
  expect(parseTestRun(text, file)).toMatchObject({ ok: true });
  return parse(text);
}

describe('the name of a run', () => {
  it.each([
    { because: 'recipe, commit and id', recipe: 'ghost', want: 'ghost-a1b2c3d-abcde' },
    {
      because: 'the longest recipe is shortened to what a name may hold',
      recipe: 'r'.repeat(50),
      want: `${'r'.repeat(49)}-a1b2c3d-abcde`,
    },
    {
      because: 'no two hyphens where it was cut',
      recipe: `${'r'.repeat(48)}-x`,
      want: `${'r'.repeat(48)}-a1b2c3d-abcde`,
    },
  ])('$because', ({ recipe, want }) => {
    expect(runNameOfCommit(recipe, SHA, 'abcde')).toBe(want);
    expect(want.length).toBeLessThanOrEqual(63);
  });

  it.each([
    { word: './x', path: true },
    { word: '/x', path: true },
    { word: '..', path: true },
    { word: 'x', path: false },
  ])('$word is a path: $path', ({ word, path }) => {
    expect(isPath(word)).toBe(path);
  });
});

describe('run', () => {
  it('takes "all" for every stage, in their order', async () => {
    await fixture.call('run', 'ghost', '--stages', 'all');
    expect(await written('ghost-a1b2c3d-id1')).toMatchObject({
      spec: { stages: ['lint', 'install', 'upgrade', 'backup', 'restore', 'test'] },
    });
  });

  it('writes a TestRun with the full commit and who asked', async () => {
    const { code, out } = await fixture.call(
      'run',
      'ghost',
      '--ref',
      'main',
      '--stages',
      'lint,install',
      '--pr',
      '12',
      '--timeout',
      '20m',
    );
    expect({ code, out }).toEqual({ code: 0, out: 'run/ghost-a1b2c3d-id1 created\n' });
    expect(await written('ghost-a1b2c3d-id1')).toEqual({
      apiVersion: 'ccci.coopcloud.tech/v1',
      kind: 'TestRun',
      metadata: { name: 'ghost-a1b2c3d-id1', labels: { recipe: 'ghost', pr: '12' } },
      spec: {
        recipe: 'ghost',
        source: { ref: SHA, pr: 12 },
        stages: ['lint', 'install'],
        timeout: '20m',
        trigger: { kind: 'cli', user: 'ada' },
      },
    });
  });

  it('asks the recipe’s own repository for HEAD where no ref is given', async () => {
    const asked: string[] = [];
    fixture.resolveRef = (repo, ref) => {
      asked.push(`${repo} ${ref}`);
      return Promise.resolve(SHA);
    };
    await fixture.call('run', 'ghost');
    expect(asked).toEqual(['https://git.example.org/ghost.git HEAD']);
  });

  it('tests a folder with the settings that --recipe names, and warns of what is not committed', async () => {
    fixture.uncommitted = 2;
    const { code, err } = await fixture.call('run', './work/my-ghost', '--recipe', 'ghost');
    expect(code).toBe(0);
    expect(err).toContain('2 changed files in /tmp/x/work/my-ghost, not committed and so not tested');
    expect(await written('ghost-a1b2c3d-id1')).toMatchObject({
      spec: { recipe: 'ghost', source: { repo: join(fixture.root, 'work/my-ghost'), ref: SHA } },
    });
  });

  it('takes the folder’s name for the recipe’s', async () => {
    await fixture.call('run', './work/ghost');
    expect(await written('ghost-a1b2c3d-id1')).toMatchObject({ spec: { recipe: 'ghost' } });
  });

  it('prints the object as json where nobody waits', async () => {
    const { out } = await fixture.call('run', 'ghost', '-o', 'json');
    expect(JSON.parse(out)).toMatchObject({
      metadata: { name: 'ghost-a1b2c3d-id1' },
      status: { phase: 'Pending' },
    });
  });

  it('makes a new name each time', async () => {
    await fixture.call('run', 'ghost');
    await fixture.call('run', 'ghost');
    expect(await readdir(fixture.layout.testruns)).toEqual([
      'ghost-a1b2c3d-id1.yaml',
      'ghost-a1b2c3d-id2.yaml',
    ]);
  });

  it.each([
    {
      because: 'a recipe that is not enrolled is 3, with a file to copy',
      words: ['run', 'gost'],
      code: EXIT.notFound,
      err: ['Did you mean "ghost"?', 'kind: RecipeSpec', 'name: gost'],
    },
    {
      because: 'a folder whose recipe is not enrolled says how to enrol it',
      words: ['run', './hedgedoc'],
      code: EXIT.notFound,
      err: ['The recipe "hedgedoc" is not enrolled', '/tmp/x/recipes/hedgedoc.yaml'],
    },
    {
      because: 'a mistyped stage suggests the nearest',
      words: ['run', 'ghost', '--stages', 'lint,instal'],
      code: EXIT.usage,
      err: ['Did you mean "install"?'],
    },
    {
      because: 'a stage twice is refused by the schema',
      words: ['run', 'ghost', '--stages', 'lint,lint'],
      code: EXIT.usage,
      err: ['must not name a stage twice'],
    },
    {
      because: 'a name that is taken is never overwritten',
      words: ['run', 'ghost', '--name', 'taken'],
      code: EXIT.usage,
      err: ['run/taken exists already'],
    },
    {
      because: 'a name must be one',
      words: ['run', 'ghost', '--name', 'A B'],
      code: EXIT.usage,
      err: ['"A B" is not a name'],
    },
    {
      because: 'a timeout is a duration',
      words: ['run', 'ghost', '--timeout', 'long'],
      code: EXIT.usage,
      err: ['--timeout "long"'],
    },
    {
      because: 'a pull request has a number',
      words: ['run', 'ghost', '--pr', '0'],
      code: EXIT.usage,
      err: ['It must be 1 or more'],
    },
    {
      because: '--recipe goes with a path',
      words: ['run', 'ghost', '--recipe', 'ghost'],
      code: EXIT.usage,
      err: ['--recipe goes with a path only'],
    },
    {
      because: 'a RecipeSpec that is wrong is 8',
      words: ['run', 'wrong'],
      code: EXIT.invalid,
      err: ['/tmp/x/recipes/wrong.yaml:'],
    },
  ])('$because', async ({ words, code, err }) => {
    await fixture.spec('taken');
    await fixture.recipe('wrong', { category: 'huge' });
    const answer = await fixture.call(...words);
    expect(answer.code).toBe(code);
    for (const text of [...err, 'next: ']) expect(answer.err).toContain(text);
    expect(await readdir(fixture.layout.testruns)).toEqual(['taken.yaml']);
  });

  it('says where to look when the ref is not there', async () => {
    fixture.resolveRef = () => Promise.reject(new Error('no such branch'));
    const { code, err } = await fixture.call('run', 'ghost', '--ref', 'nope');
    expect(code).toBe(EXIT.notFound);
    expect(err).toContain('git ls-remote https://git.example.org/ghost.git');
  });
});

describe('run --wait', () => {
  const NAME = 'ghost-a1b2c3d-id1';
  const running = statusBody({ phase: 'Running', stage: 'install' });

  it('tells each change with its time, then the verdict, and exits with it', async () => {
    await fixture.startController();
    fixture.meanwhile.push(
      () => fixture.status(NAME, running),
      () => undefined,
      () => fixture.status(NAME, finishedBody('Passed')),
    );
    const { code, out, err } = await fixture.call('run', 'ghost', '--wait');
    expect(code).toBe(0);
    expect(err).toBe('2020-01-01T12:00:00.000Z ◌ pending\n2020-01-01T12:00:00.200Z ▶ running: install\n');
    expect(out).toMatchInlineSnapshot(`
      "run/ghost-a1b2c3d-id1 created
      ✔ passed after 8m0s, level 5 of 5 (run/ghost-a1b2c3d-id1)
        teardown:  nothing left
      "
    `);
  });

  it('moves one line on a terminal and leaves it clean', async () => {
    fixture.tty = true;
    await fixture.startController();
    fixture.meanwhile.push(
      () => fixture.status(NAME, running),
      () => fixture.status(NAME, finishedBody('Passed')),
    );
    const { err } = await fixture.call('run', 'ghost', '--wait', '--color=never');
    expect(err).toContain('\r\u001b[K\u001b[?7l▶ running: install  20m\u001b[?7h');
    expect(err.endsWith('\r\u001b[K')).toBe(true);
    expect(err).not.toContain('\n');
  });

  it('keeps stdout for the object with -o json', async () => {
    await fixture.startController();
    fixture.meanwhile.push(() => fixture.status(NAME, finishedBody('Failed')));
    const { code, out, err } = await fixture.call('run', 'ghost', '--wait', '-o', 'json');
    expect(code).toBe(EXIT.failed);
    expect(JSON.parse(out)).toMatchObject({ metadata: { name: NAME }, status: { verdict: 'Failed' } });
    expect(err).toContain(`run/${NAME} created`);
  });

  it('with --timeout does not wait longer than that for a controller', async () => {
    const { code, err } = await fixture.call('run', 'ghost', '--wait', '--timeout', '1s');
    expect(code).toBe(EXIT.unreachable);
    expect(err).toContain('the run stays queued');
  });

  it('with --wait-timeout stops waiting for the run', async () => {
    await fixture.startController();
    expect((await fixture.call('run', 'ghost', '--wait', '--wait-timeout', '1s')).code).toBe(EXIT.timeout);
  });

  it('Ctrl-C says that the run goes on', async () => {
    await fixture.startController();
    fixture.patience = 1;
    const { code, err } = await fixture.call('run', 'ghost', '--wait');
    expect(code).toBe(EXIT.interrupted);
    expect(err).toContain(`ccci-ctl cancel run/${NAME}`);
  });
});

describe('rerun', () => {
  it('asks for the same at the same commit, and says of what it is a repetition', async () => {
    await fixture.run('old', finishedBody('Failed', { commit: SHA }), {
      source: { ref: 'main', pr: 3 },
      stages: ['lint'],
      cancel: true,
    });
    const { code, out } = await fixture.call('rerun', 'run/old');
    expect({ code, out }).toEqual({ code: 0, out: 'run/ghost-a1b2c3d-id1 created\n' });
    expect(await written('ghost-a1b2c3d-id1')).toMatchObject({
      metadata: { labels: { 'rerun-of': 'old', pr: '3' } },
      spec: { source: { ref: SHA, pr: 3 }, stages: ['lint'], trigger: { kind: 'cli' } },
    });
    expect(await written('ghost-a1b2c3d-id1')).not.toHaveProperty('spec.cancel');
  });

  it('resolves the ref where no commit is known yet', async () => {
    await fixture.spec('old', { source: { ref: 'main' } });
    await fixture.call('rerun', 'run/old');
    expect(await written('ghost-a1b2c3d-id1')).toMatchObject({ spec: { source: { ref: SHA } } });
  });

  it('an unreadable document cannot be repeated', async () => {
    await fixture.write(fixture.layout.specFile('bad'), 'x: 1\n');
    expect((await fixture.call('rerun', 'run/bad')).code).toBe(EXIT.invalid);
  });
});

import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../terminal/exit.ts';
import { finishedBody, Fixture, minutesAgo, SHA, statusBody, stepOf } from '../testing.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await Fixture.make();
});

afterEach(() => fixture.remove());

/** One run of each kind that a person meets. */
async function fill(): Promise<void> {
  await fixture.run(
    'ghost-failed',
    finishedBody('Failed', {
      createdAt: minutesAgo(100),
      level: 1,
      cause: { reason: 'StageFailed', message: 'db exited 1' },
      steps: [stepOf('install', 'passed'), stepOf('upgrade', 'failed'), stepOf('backup', 'absent')],
    }),
    { source: { ref: 'main', pr: 12 }, trigger: { kind: 'comment', user: 'ada' } },
  );
  await fixture.run('ghost-passed', finishedBody('Passed', { createdAt: minutesAgo(60) }));
  await fixture.run(
    'hedgedoc-running',
    statusBody({
      uid: 'u-2',
      phase: 'Running',
      stage: 'install',
      begunAt: minutesAgo(2),
      createdAt: minutesAgo(5),
      app: { domain: 'hedgedoc-abcde.ci.test', stack: 'hedgedoc-abcde_ci_test' },
    }),
    { recipe: 'hedgedoc' },
  );
  await fixture.run(
    'ghost-queued',
    statusBody({
      createdAt: minutesAgo(4),
      queue: { position: 1, reason: 'the slot is held by hedgedoc-running' },
    }),
  );
  await fixture.spec('ghost-new');
  await fixture.write(fixture.layout.specFile('ghost-bad'), 'kind: TestRun\nspec:\n  recipy: ghost\n');
}

describe('get runs', () => {
  it('shows one line a run, newest first, and where a refused document is wrong', async () => {
    await fill();
    const { code, out, err } = await fixture.call('get', 'runs');
    expect(code).toBe(EXIT.ok);
    expect(out).toMatchInlineSnapshot(`
      "NAME               RECIPE     PR   REF       PHASE     STAGE     LEVEL   AGE    DURATION
      ghost-bad          -          -    -         Refused   -         -       0s     -
      ghost-new          ghost      -    a1b2c3d   Pending   -         -       0s     -
      ghost-queued       ghost      -    a1b2c3d   Queued    -         -       4m     -
      hedgedoc-running   hedgedoc   -    a1b2c3d   Running   install   -       5m     2m0s
      ghost-passed       ghost      -    a1b2c3d   Passed    -         5       60m    8m0s
      ghost-failed       ghost      12   a1b2c3d   Failed    upgrade   1       100m   8m0s
      "
    `);
    expect(err).toContain(
      'run/ghost-bad is refused: /tmp/x/state/testruns/ghost-bad.yaml:3:3: spec: unknown key "recipy"',
    );
    expect(err).toContain('Did you mean "recipe"?');
  });

  it('adds the wide columns', async () => {
    await fill();
    const { out } = await fixture.call('get', 'runs', 'ghost-failed', 'hedgedoc-running', '-o', 'wide');
    expect(out).toMatchInlineSnapshot(`
      "NAME               RECIPE     PR   REF       PHASE     STAGE     LEVEL   AGE    DURATION   DOMAIN                   REASON        REQUESTED-BY   VERDICT
      hedgedoc-running   hedgedoc   -    a1b2c3d   Running   install   -       5m     2m0s       hedgedoc-abcde.ci.test   -             file           -
      ghost-failed       ghost      12   a1b2c3d   Failed    upgrade   1       100m   8m0s       -                        StageFailed   ada            Failed
      "
    `);
  });

  it('says on stderr that there is nothing, and exits 0', async () => {
    expect(await fixture.call('get', 'runs')).toEqual({ code: EXIT.ok, out: '', err: 'No runs found.\n' });
  });

  it('keeps json a list with apiVersion, kind and items even where it is empty', async () => {
    const { out } = await fixture.call('get', 'runs', '-o', 'json');
    expect(JSON.parse(out)).toEqual({ apiVersion: 'ccci.coopcloud.tech/v1', kind: 'TestRunList', items: [] });
  });

  it('gives every run the same shape, seen by a controller or not', async () => {
    await fill();
    const { out } = await fixture.call('get', 'runs', '-o', 'json');
    const { items } = JSON.parse(out) as { items: { status: object }[] };
    const shapes = new Set(
      items.map((item) => JSON.stringify([Object.keys(item), Object.keys(item.status)])),
    );
    expect(shapes.size).toBe(1);
  });

  it('prints the object itself where one is named', async () => {
    await fill();
    const { out } = await fixture.call('get', 'run/ghost-passed', '-o', 'json');
    expect(JSON.parse(out)).toMatchObject({
      kind: 'TestRun',
      metadata: { name: 'ghost-passed' },
      status: { verdict: 'Passed' },
    });
  });

  it.each([
    { because: 'names can be piped on', words: ['-o', 'name', '--limit', '1', '-l', 'none'], want: '' },
    { because: 'a label must be there', words: ['-o', 'name', '-l', 'team=red'], want: 'run/labelled\n' },
    {
      because: 'a label may be excluded',
      words: ['-o', 'name', '-l', '!team', '--field-selector', 'verdict=Passed'],
      want: 'run/ghost-passed\n',
    },
    {
      because: 'a column names its field',
      words: ['-o', 'name', '--field-selector', 'phase=Running'],
      want: 'run/hedgedoc-running\n',
    },
    {
      because: 'a path reaches any field',
      words: ['-o', 'name', '--field-selector', '.status.queue.position=1'],
      want: 'run/ghost-queued\n',
    },
    {
      because: 'the limit counts after the order',
      words: ['-o', 'name', '--sort-by', 'name', '--limit', '2'],
      want: 'run/ghost-bad\nrun/ghost-failed\n',
    },
    {
      because: 'what has no level stands last',
      words: ['-o', 'name', '--sort-by', '.status.level', '--limit', '2'],
      want: 'run/ghost-failed\nrun/ghost-passed\n',
    },
    {
      because: 'a template picks fields',
      words: ['--sort-by', 'name', '-o', 'jsonpath={.items[0].metadata.name}'],
      want: 'ghost-bad\n',
    },
    {
      because: 'a template repeats',
      words: [
        '--field-selector',
        'phase=Running',
        '-o',
        'jsonpath={range .items[*]}{.metadata.name}{"\\t"}{.status.phase}{"\\n"}{end}',
      ],
      want: 'hedgedoc-running\tRunning\n',
    },
    {
      because: 'a template filters',
      words: ['-o', 'jsonpath={.items[?(@.status.verdict=="Failed")].metadata.name}'],
      want: 'ghost-failed\n',
    },
  ])('$because', async ({ words, want }) => {
    await fill();
    await fixture.spec('labelled', {}, { team: 'red' });
    const { code, out } = await fixture.call('get', 'runs', ...words);
    expect({ code, out }).toEqual({ code: EXIT.ok, out: want });
  });

  it('leaves the first line out', async () => {
    await fixture.run('ghost-passed', finishedBody('Passed'));
    const { out } = await fixture.call('get', 'runs', '--no-headers');
    expect(out).not.toContain('NAME');
    expect(out.split('\n')).toHaveLength(2);
  });

  it('shows a deleted run as long as its status remembers it', async () => {
    await fixture.status('gone', statusBody({ phase: 'Cleaning' }));
    const { out } = await fixture.call('get', 'runs', '-o', 'ndjson');
    expect(JSON.parse(out)).toMatchObject({
      metadata: { name: 'gone', deleting: true },
      status: { phase: 'Cleaning' },
    });
  });

  it('shows a run whose status file is torn, and says so', async () => {
    await fixture.spec('torn');
    await fixture.write(fixture.layout.statusFile('torn'), '{"status": ');
    const { code, out } = await fixture.call('get', 'runs');
    expect(code).toBe(EXIT.ok);
    expect(out).toMatch(/torn .* Unknown/);
  });

  it('refuses a document whose name is not its file’s, as the controller does', async () => {
    await fixture.write(fixture.layout.specFile('one'), fixture.specText('other'));
    const { err } = await fixture.call('get', 'runs');
    expect(err).toContain('metadata.name is "other", but the file is named "one"');
  });

  it('does not let a recipe’s text move the cursor', async () => {
    await fixture.run(
      'evil',
      finishedBody('Failed', { cause: { reason: '\u001b[2Jgone\u0007', message: 'x' } }),
    );
    const { out } = await fixture.call('get', 'runs', '-o', 'wide');
    expect(out).toContain('gone?');
    expect(out).not.toContain('\u001b');
  });
});

describe('get of other kinds', () => {
  it('lists recipes with what became of their runs', async () => {
    await fill();
    await fixture.recipe('ghost');
    await fixture.recipe('wrong', { category: 'huge' });
    const { out, err } = await fixture.call('get', 'recipes');
    expect(out).toMatch(/^ghost +simple +true +(Passed|Failed) +[15] +4 /m);
    expect(out).toMatch(/^wrong +- +false /m);
    expect(err).toContain('recipe/wrong is refused: /tmp/x/recipes/wrong.yaml:');
  });

  it('lists the queue in its order, with what holds the slot', async () => {
    await fill();
    const { out } = await fixture.call('get', 'queue');
    expect(out).toMatchInlineSnapshot(`
      "POSITION   NAME           RECIPE   PHASE     AGE   REASON
      1          ghost-queued   ghost    Queued    4m    the slot is held by hedgedoc-running
      -          ghost-new      ghost    Pending   0s    Not yet seen by a controller.
      "
    `);
  });

  it('lists events, counting what was said again in a row, and only of the run that was named', async () => {
    await fill();
    const line = (reason: string): string =>
      `${JSON.stringify({ time: minutesAgo(3), reason, message: 'm' })}\n`;
    await fixture.write(
      `${fixture.layout.runDir('u-2')}/events.ndjson`,
      `${line('A')}${line('A')}${line('B')}{"torn`,
    );
    const { out } = await fixture.call('get', 'events', 'hedgedoc-running');
    expect(out).toMatchInlineSnapshot(`
      "AGE   RUN                REASON   COUNT   MESSAGE
      3m    hedgedoc-running   A        2       m
      3m    hedgedoc-running   B        1       m
      "
    `);
  });

  it('finds nothing wrong with a run that has no events', async () => {
    await fixture.run('ghost-passed', finishedBody('Passed'));
    expect(await fixture.call('get', 'events', 'ghost-passed')).toMatchObject({ code: EXIT.ok, out: '' });
  });

  it('lists apps and orphans from the swarm', async () => {
    const createdAt = new Date(minutesAgo(7));
    fixture.cluster = {
      ...fixture.cluster,
      apps: () =>
        Promise.resolve([
          { stack: 's_ci_test', domain: 's.ci.test', run: 'r', services: 2, things: 5, createdAt },
        ]),
      orphans: () =>
        Promise.resolve([{ thing: 'volume', name: 'v', stack: 's', createdAt, reason: 'no live run' }]),
    };
    expect((await fixture.call('get', 'apps')).out).toMatchInlineSnapshot(`
      "NAME        RUN   SERVICES   THINGS   AGE
      s_ci_test   r     2          5        7m
      "
    `);
    expect((await fixture.call('get', 'orphans')).out).toMatchInlineSnapshot(`
      "KIND     NAME   STACK   AGE   REASON
      volume   v      s       7m    no live run
      "
    `);
  });
});

describe('get, when it goes wrong', () => {
  it.each([
    {
      because: 'an unknown kind suggests the nearest',
      words: ['get', 'rnus'],
      code: EXIT.usage,
      err: 'Did you mean "runs"?',
    },
    {
      because: 'an unknown run suggests the nearest',
      words: ['get', 'run', 'ghost-pased'],
      code: EXIT.notFound,
      err: 'Did you mean "ghost-passed"?',
    },
    {
      because: 'one missing name is an error beside a good one',
      words: ['get', 'runs', 'ghost-passed', 'nobody'],
      code: EXIT.notFound,
      err: 'There is no run "nobody"',
    },
    {
      because: 'an unknown format suggests the nearest',
      words: ['get', 'runs', '-o', 'jsn'],
      code: EXIT.usage,
      err: 'Did you mean "json"?',
    },
    {
      because: 'an unknown column suggests the nearest',
      words: ['get', 'runs', '--sort-by', 'levle'],
      code: EXIT.usage,
      err: 'Did you mean "level"?',
    },
    {
      because: 'a broken template names the trouble',
      words: ['get', 'runs', '-o', 'jsonpath={.items[*}'],
      code: EXIT.usage,
      err: 'cannot be understood',
    },
    {
      because: 'a range needs its end',
      words: ['get', 'runs', '-o', 'jsonpath={range .items[*]}x'],
      code: EXIT.usage,
      err: 'without its {end}',
    },
    {
      because: 'Docker out of reach is 7',
      words: ['get', 'apps'],
      code: EXIT.unreachable,
      err: 'Docker does not answer.',
    },
    {
      because: 'a kind is needed',
      words: ['get'],
      code: EXIT.usage,
      err: "missing required argument 'kind'",
    },
    {
      because: 'a limit is a number',
      words: ['get', 'runs', '--limit', 'x'],
      code: EXIT.usage,
      err: 'It must be a whole number.',
    },
    {
      because: 'a name that is a path reads nothing',
      words: ['get', 'run', '../../etc/passwd'],
      code: EXIT.usage,
      err: 'kind',
    },
  ])('$because', async ({ words, code, err }) => {
    await fixture.run('ghost-passed', finishedBody('Passed'));
    const answer = await fixture.call(...words);
    expect(answer.code).toBe(code);
    expect(answer.err).toContain(err);
    expect(answer.err).toContain('next: ');
    expect(answer.out).toBe('');
  });
});

describe('get --watch', () => {
  it('prints a line for each change until Ctrl-C', async () => {
    await fixture.run('ghost', statusBody({ phase: 'Queued' }));
    fixture.patience = 4;
    fixture.meanwhile.push(
      () => fixture.status('ghost', statusBody({ phase: 'Running', stage: 'install' })),
      () => undefined,
      () => fixture.status('ghost', finishedBody('Passed')),
    );
    const { code, out } = await fixture.call('get', 'runs', '-w');
    expect(code).toBe(EXIT.interrupted);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {3,}/)[4]),
    ).toEqual(['PHASE', 'Queued', 'Running', 'Passed']);
  });

  it('says what happened to each object as ndjson', async () => {
    await fixture.run('ghost', statusBody({}));
    fixture.patience = 2;
    fixture.meanwhile.push(async () => {
      const { rm } = await import('node:fs/promises');
      await rm(fixture.layout.specFile('ghost'));
      await rm(fixture.layout.statusFile('ghost'));
    });
    const { out } = await fixture.call('get', 'runs', '-w', '-o', 'ndjson');
    const types = out
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).toEqual(['ADDED', 'DELETED']);
  });
});

describe('colours and icons', () => {
  it.each([
    { because: 'a terminal gets colours', tty: true, env: {}, words: [], color: true },
    { because: 'a pipe gets none', tty: false, env: {}, words: [], color: false },
    { because: 'NO_COLOR turns them off', tty: true, env: { NO_COLOR: '1' }, words: [], color: false },
    { because: 'an empty NO_COLOR does not', tty: true, env: { NO_COLOR: '' }, words: [], color: true },
    { because: 'a dumb terminal gets none', tty: true, env: { TERM: 'dumb' }, words: [], color: false },
    {
      because: 'FORCE_COLOR wins over NO_COLOR',
      tty: false,
      env: { FORCE_COLOR: '1', NO_COLOR: '1' },
      words: [],
      color: true,
    },
    {
      because: 'FORCE_COLOR=0 turns them off',
      tty: true,
      env: { FORCE_COLOR: '0' },
      words: [],
      color: false,
    },
    {
      because: 'the option wins over everything',
      tty: true,
      env: { FORCE_COLOR: '1' },
      words: ['--color=never'],
      color: false,
    },
    {
      because: 'the option turns them on for a pipe',
      tty: false,
      env: { NO_COLOR: '1' },
      words: ['--color=always'],
      color: true,
    },
  ])('$because', async ({ tty, env, words, color }) => {
    await fixture.run('ghost', finishedBody('Passed', { commit: SHA }));
    Object.assign(fixture, { tty, env });
    const { out } = await fixture.call('get', 'runs', ...words);
    expect(out.includes('\u001b[32mPassed\u001b[39m')).toBe(color);
    expect(out.includes('\u001b')).toBe(color);
  });

  it.each([
    { because: 'icons are Unicode where the locale is', env: { LANG: 'de_DE.UTF-8' }, want: '✔ passed' },
    { because: 'and ASCII where it is not', env: { LANG: 'C' }, want: '+ passed' },
    { because: 'LC_ALL wins', env: { LANG: 'C.UTF-8', LC_ALL: 'POSIX' }, want: '+ passed' },
  ])('$because', async ({ env, want }) => {
    await fixture.run('ghost', finishedBody('Passed'));
    fixture.env = env;
    expect((await fixture.call('describe', 'run/ghost')).out).toContain(`State:        ${want}`);
  });
});

describe('get where odd files lie among the documents', () => {
  it('says of what is not read that it is not, of a link that it leads nowhere, and waits for no pipe', async () => {
    const folder = fixture.layout.testruns;
    await mkdir(folder, { recursive: true });
    execFileSync('mkfifo', [join(folder, 'pipe.yaml')]);
    await symlink('/nowhere', join(folder, 'link.yaml'));
    await writeFile(join(folder, 'short.yml'), 'kind: TestRun\n');
    await writeFile(join(folder, '.hidden.yml'), '');
    const { code, out, err } = await fixture.call('get', 'runs');
    expect(code).toBe(EXIT.ok);
    expect(out).toMatch(/^pipe .*Refused/m);
    expect(out).toMatch(/^link .*Refused/m);
    expect(err).toContain('run/pipe is refused: ');
    expect(err).toContain('link.yaml:1:1: is a link to a file that is not there');
    expect(err).toContain('short.yml is not read: the name of a document ends in ".yaml".');
    expect(err).not.toContain('.hidden');
  });
});

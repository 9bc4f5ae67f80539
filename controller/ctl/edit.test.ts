import { writeFileSync } from 'node:fs';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cancelledText as cancelled } from '../client/cancel-run.ts';
import { editFile } from '../client/edit-file.ts';
import { EXIT } from './terminal/exit.ts';
import { finishedBody, Fixture, statusBody } from './testing.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await Fixture.make();
});

afterEach(() => fixture.remove());

const WITH_COMMENTS = `# why this run
apiVersion: ccci.coopcloud.tech/v1
kind: TestRun
metadata: { name: x } # the name
spec:
  recipe: ghost

  # keep this one
  stages: [ lint, install ]
`;

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

describe('cancel', () => {
  it('sets the wish and leaves every comment where it was', async () => {
    await fixture.startController();
    await fixture.write(fixture.layout.specFile('x'), WITH_COMMENTS);
    expect(await fixture.call('cancel', 'run/x')).toEqual({ code: 0, out: 'run/x cancelled\n', err: '' });
    expect(await readFile(fixture.layout.specFile('x'), 'utf8')).toBe(
      `${WITH_COMMENTS}  cancel: { by: person, who: ada }\n`,
    );
  });

  it.each([
    {
      because: 'somebody may be named, with a reason',
      options: ['--as', 'bob', '--why', 'wrong branch'],
      want: '{ by: person, who: bob, why: wrong branch }',
    },
    {
      because: 'what would be YAML is quoted',
      options: ['--why', 'a: b'],
      want: '{ by: person, who: ada, why: "a: b" }',
    },
  ])('$because', async ({ options, want }) => {
    await fixture.write(fixture.layout.specFile('x'), WITH_COMMENTS);
    expect((await fixture.call('cancel', 'run/x', ...options)).code).toBe(0);
    expect(await readFile(fixture.layout.specFile('x'), 'utf8')).toBe(`${WITH_COMMENTS}  cancel: ${want}\n`);
  });

  it.each([
    { because: 'a reason is one line', options: ['--why', 'a\nb'], err: 'why: must be one line' },
    { because: 'a name has an end', options: ['--as', 'a'.repeat(65)], err: 'who: ' },
  ])('$because, or nothing is written', async ({ options, err }) => {
    await fixture.write(fixture.layout.specFile('x'), WITH_COMMENTS);
    const answer = await fixture.call('cancel', 'run/x', ...options);
    expect(answer.code).toBe(EXIT.usage);
    expect(answer.err).toContain(err);
    expect(await readFile(fixture.layout.specFile('x'), 'utf8')).toBe(WITH_COMMENTS);
  });

  it('leaves the comment beside what was written', () => {
    expect(cancelled(`${WITH_COMMENTS}  cancel: false # not yet\n`, { by: 'person', who: 'ada' })).toBe(
      `${WITH_COMMENTS}  cancel: { by: person, who: ada } # not yet\n`,
    );
  });

  it('turns a written false into true', () => {
    expect(cancelled(`${WITH_COMMENTS}  cancel: false # not yet\n`)).toBe(
      `${WITH_COMMENTS}  cancel: true # not yet\n`,
    );
  });

  it('twice is once', async () => {
    await fixture.spec('x', { cancel: true });
    expect((await fixture.call('cancel', 'run/x')).out).toBe('run/x unchanged: it was cancelled before\n');
    await fixture.spec('y', { cancel: { by: 'newer-run', who: 'z' } });
    expect((await fixture.call('cancel', 'run/y')).out).toBe('run/y unchanged: it was cancelled before\n');
  });

  it.each([
    {
      because: 'a run that is over needs no cancelling',
      status: finishedBody('Passed'),
      err: 'is over already: Passed',
    },
    {
      because: 'a run without a controller is told when it takes effect',
      status: statusBody({}),
      err: 'no controller is running',
    },
  ])('$because', async ({ status, err }) => {
    await fixture.run('x', status);
    const answer = await fixture.call('cancel', 'run/x');
    expect(answer.code).toBe(EXIT.ok);
    expect(answer.err).toContain(err);
  });

  it('a deleted run is being cleaned up anyway', async () => {
    await fixture.status('x', statusBody({ phase: 'Cleaning' }));
    expect((await fixture.call('cancel', 'x')).err).toContain('is being deleted already');
  });

  it('suggests the nearest run', async () => {
    await fixture.spec('ghost-1');
    const { code, err } = await fixture.call('cancel', 'run/gost-1');
    expect(code).toBe(EXIT.notFound);
    expect(err).toContain('Did you mean "ghost-1"?');
  });
});

describe('an edit', () => {
  it('is made on what somebody else wrote meanwhile, and loses neither', async () => {
    const file = join(fixture.root, 'f');
    await writeFile(file, 'mine');
    let calls = 0;
    await editFile(file, (before) => {
      calls++;
      if (calls === 1) writeFileSync(file, 'theirs');
      return `${before}+edit`;
    });
    expect(await readFile(file, 'utf8')).toBe('theirs+edit');
  });

  it('gives up after the second time and changes nothing', async () => {
    const file = join(fixture.root, 'f');
    await writeFile(file, 'a');
    let calls = 0;
    const edit = editFile(file, (before) => {
      writeFileSync(file, `theirs ${++calls}`);
      return `${before}+edit`;
    });
    await expect(edit).rejects.toMatchObject({ code: 'forbidden' });
    expect(await readFile(file, 'utf8')).toBe('theirs 2');
  });
});

describe('apply', () => {
  it('creates, configures and leaves alone, as kubectl says it', async () => {
    const file = join(fixture.root, 'x.yaml');
    await fixture.write(file, WITH_COMMENTS);
    expect(await fixture.call('apply', '-f', file)).toEqual({ code: 0, out: 'run/x created\n', err: '' });
    expect(await readFile(fixture.layout.specFile('x'), 'utf8')).toBe(WITH_COMMENTS);
    expect((await fixture.call('apply', '-f', 'x.yaml')).out).toBe('run/x unchanged\n');
    await fixture.write(file, `${WITH_COMMENTS}  timeout: 5m\n`);
    expect((await fixture.call('apply', '-f', 'x.yaml')).out).toBe('run/x configured\n');
  });

  it('reads standard input', async () => {
    fixture.stdin = WITH_COMMENTS;
    expect((await fixture.call('apply', '-f', '-')).out).toBe('run/x created\n');
  });

  it('takes a folder, and enrols recipes', async () => {
    await fixture.write(join(fixture.root, 'd/a.yaml'), fixture.specText('a'));
    await fixture.write(
      join(fixture.root, 'd/b.yml'),
      'apiVersion: ccci.coopcloud.tech/v1\nkind: RecipeSpec\nmetadata: { name: hedgedoc }\nspec: { category: simple, source: { repo: /srv/x } }\n',
    );
    expect((await fixture.call('apply', '-f', 'd')).out).toBe('run/a created\nrecipe/hedgedoc created\n');
    expect((await fixture.call('get', 'recipes', '-o', 'name')).out).toBe('recipe/hedgedoc\n');
  });

  it('writes nothing where one document of several is wrong, and says where', async () => {
    await fixture.write(join(fixture.root, 'd/a.yaml'), fixture.specText('a'));
    await fixture.write(join(fixture.root, 'd/b.yaml'), fixture.specText('b', { stagse: ['lint'] }));
    const { code, out, err } = await fixture.call('apply', '-f', 'd');
    expect({ code, out }).toEqual({ code: EXIT.invalid, out: '' });
    expect(err).toMatch(/d\/b\.yaml:\d+:\d+: spec: unknown key "stagse"\. Did you mean "stages"\?/);
    expect(await exists(fixture.layout.specFile('a'))).toBe(false);
  });

  it('only says what it would do in a dry run', async () => {
    fixture.stdin = WITH_COMMENTS;
    expect((await fixture.call('apply', '-f', '-', '--dry-run')).out).toBe('run/x created (dry run)\n');
    expect(await exists(fixture.layout.specFile('x'))).toBe(false);
  });

  it('says that an accepted run stays what it was', async () => {
    await fixture.run('x', statusBody({ accepted: accepted() }));
    fixture.stdin = WITH_COMMENTS;
    expect((await fixture.call('apply', '-f', '-')).err).toContain('only spec.cancel still takes effect');
  });

  it.each([
    {
      because: 'a file that is not there is 3',
      words: ['-f', 'none.yaml'],
      code: EXIT.notFound,
      err: 'There is no file "none.yaml"',
    },
    {
      because: 'a file must be named',
      words: [],
      code: EXIT.usage,
      err: "required option '-f, --filename <file>'",
    },
    {
      because: 'an empty folder is a mistake',
      words: ['-f', 'recipes'],
      code: EXIT.usage,
      err: 'There are no .yaml files there',
    },
  ])('$because', async ({ words, code, err }) => {
    await fixture.write(join(fixture.recipes, 'README'), '');
    const answer = await fixture.call('apply', ...words);
    expect(answer.code).toBe(code);
    expect(answer.err).toContain(err);
  });
});

describe('delete', () => {
  it('takes the spec away and leaves the status as the finalizer', async () => {
    await fixture.startController();
    await fixture.run('x', statusBody({}));
    expect(await fixture.call('delete', 'run/x')).toEqual({ code: 0, out: 'run/x deleted\n', err: '' });
    expect(await exists(fixture.layout.specFile('x'))).toBe(false);
    expect(await exists(fixture.layout.statusFile('x'))).toBe(true);
  });

  it('with --wait waits until the controller has forgotten it', async () => {
    await fixture.startController();
    await fixture.run('x', statusBody({}));
    fixture.meanwhile.push(async () => (await import('node:fs/promises')).rm(fixture.layout.statusFile('x')));
    expect(await fixture.call('delete', 'run/x', '--wait')).toEqual({
      code: 0,
      out: 'run/x deleted\nrun/x is gone\n',
      err: '',
    });
  });

  it('with --wait and a timeout gives up with 7 where nobody is there to clean up', async () => {
    await fixture.run('x', statusBody({}));
    expect((await fixture.call('delete', 'run/x', '--wait', '--timeout', '1s')).code).toBe(EXIT.unreachable);
  });

  it('with --force is forbidden while a controller works', async () => {
    await fixture.startController();
    await fixture.run('x', statusBody({}));
    const { code, err } = await fixture.call('delete', 'run/x', '--force');
    expect(code).toBe(EXIT.forbidden);
    expect(err).toContain('delete run/x --wait');
    expect(await exists(fixture.layout.statusFile('x'))).toBe(true);
  });

  it('with --force forgets the run and says what it leaves', async () => {
    await fixture.run('x', statusBody({ app: { domain: 'x.ci.test', stack: 'x_ci_test' } }));
    const { code, out, err } = await fixture.call('delete', 'run/x', '--force');
    expect({ code, out }).toEqual({ code: 0, out: 'run/x forgotten\n' });
    expect(err).toContain('the stack x_ci_test');
    expect(err).toContain('/tmp/x/state/secrets/u-1');
    expect(await exists(fixture.layout.statusFile('x'))).toBe(false);
  });
});

function accepted() {
  const run = {
    recipe: 'ghost',
    source: { ref: 'HEAD' },
    stages: ['install' as const],
    trigger: { kind: 'file' as const },
    timeout: '45m',
    cancel: false,
  };
  const recipe = {
    category: 'simple' as const,
    source: { repo: '/srv/x' },
    env: {},
    health: { path: '/', status: 200, timeout: '5m' },
    egress: 'open' as const,
    crashLoop: { restarts: 4, within: '60s' },
    allow: {
      binds: [],
      ports: [],
      privileged: false,
      capabilities: [],
      aliases: [],
      registries: [],
      middlewares: [],
      entrypoints: [],
    },
    backup: { expected: true, fromPrevious: false },
    resilience: false,
    localTests: { enabled: true, secrets: [], timeout: '60s' },
    quarantine: [],
    upgrade: { from: 'newest' as const, rollback: false },
  };
  return { run, recipe, repo: '/srv/x', createdAt: '2020-01-01T00:00:00Z' };
}

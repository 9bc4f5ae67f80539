import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../config.ts';
import { parseRecipeSpec } from '../../store/parse-document.ts';
import { EXIT } from '../terminal/exit.ts';
import { Fixture } from '../testing.ts';

const REPO = 'https://git.example.org/ghost.git';
const TEMPLATE = join(ROOT, 'tests', 'recipes', '_template');

let fixture: Fixture;
let tests: string;

beforeEach(async () => {
  fixture = await Fixture.make();
  tests = join(fixture.root, 'tests');
  await cp(TEMPLATE, join(tests, '_template'), { recursive: true });
});

afterEach(() => fixture.remove());

const everything = (): Promise<string[]> => readdir(fixture.root, { recursive: true });

describe('enroll', () => {
  it('writes a valid RecipeSpec and a copy of the template, and nothing else', async () => {
    const before = await everything();
    const { code, out, err } = await fixture.call(
      'enroll',
      'ghost',
      '--repo',
      REPO,
      '--health-path',
      '/ghost',
    );
    expect({ code, err }).toMatchObject({ code: EXIT.ok });
    const file = join(fixture.recipes, 'ghost.yaml');
    const parsed = parseRecipeSpec(await readFile(file, 'utf8'), file);
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        metadata: { name: 'ghost' },
        spec: { category: 'simple', source: { repo: REPO }, health: { path: '/ghost' } },
      },
    });
    const copied = (await readdir(TEMPLATE, { recursive: true })).sort();
    expect((await readdir(join(tests, 'ghost'), { recursive: true })).sort()).toEqual(copied);
    for (const name of copied.filter((each) => each.endsWith('.ts')))
      expect(await readFile(join(tests, 'ghost', name), 'utf8')).toBe(
        await readFile(join(TEMPLATE, name), 'utf8'),
      );
    const made = (await everything()).filter((each) => !before.includes(each));
    expect(made.filter((each) => !each.startsWith('tests/ghost')).sort()).toEqual([
      'recipes',
      'recipes/ghost.yaml',
    ]);
    expect(out).toContain('recipes/ghost.yaml created');
    expect(out).toContain('tests/ghost/install.test.ts created');
    expect(err).toContain('`ccci-ctl run ghost --wait`');
  });

  it('with --dry-run says the same and writes nothing', async () => {
    const before = await everything();
    const dry = await fixture.call('enroll', 'ghost', '--repo', REPO, '--dry-run');
    expect(await everything()).toEqual(before);
    const real = await fixture.call('enroll', 'ghost', '--repo', REPO);
    expect(dry.out.replaceAll('would be created', 'created')).toBe(real.out);
  });

  it('leaves tests alone that are there already, or are not wanted', async () => {
    await fixture.write(join(tests, 'ghost', 'install.test.ts'), '// mine');
    const { code, err } = await fixture.call('enroll', 'ghost', '--repo', REPO);
    expect(code).toBe(EXIT.ok);
    expect(err).toContain('/tmp/x/tests/ghost is there already, and stays as it is.');
    expect(await readdir(join(tests, 'ghost'))).toEqual(['install.test.ts']);
    await fixture.call('enroll', 'hedgedoc', '--repo', REPO, '--no-tests');
    expect(await readdir(tests)).not.toContain('hedgedoc');
  });

  it('makes a folder’s path absolute: a spec is read from elsewhere', async () => {
    await fixture.call('enroll', 'ghost', '--repo', './clone');
    expect(await readFile(join(fixture.recipes, 'ghost.yaml'), 'utf8')).toContain(
      `repo: ${join(fixture.root, 'clone')}\n`,
    );
  });

  it.each([
    { because: 'a name that is none', words: ['Gh ost', '--repo', REPO], code: EXIT.usage, err: '"Gh ost"' },
    { because: 'no address', words: ['ghost'], code: EXIT.usage, err: '--repo' },
    {
      because: 'an address that git would take for an option',
      words: ['ghost', '--repo=--upload-pack=x'],
      code: EXIT.usage,
      err: 'must be a git URL',
    },
    {
      because: 'a category that is none suggests the nearest',
      words: ['ghost', '--repo', REPO, '--category', 'simpel'],
      code: EXIT.usage,
      err: 'Did you mean "simple"?',
    },
  ])('refuses $because, and writes nothing', async ({ words, code, err }) => {
    const before = await everything();
    const answer = await fixture.call('enroll', ...words);
    expect(answer.code).toBe(code);
    expect(answer.err).toContain(err);
    expect(answer.err).toContain('next: ');
    expect(await everything()).toEqual(before);
  });

  it('refuses a recipe that is enrolled, and says where', async () => {
    await fixture.recipe('ghost');
    const file = join(fixture.recipes, 'ghost.yaml');
    const before = await readFile(file, 'utf8');
    const { code, err } = await fixture.call('enroll', 'ghost', '--repo', REPO);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('ghost is enrolled already: /tmp/x/recipes/ghost.yaml');
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it('refuses an address that cannot be read, and says how to look', async () => {
    fixture.resolveRef = () => Promise.reject(new Error('repository not found'));
    const before = await everything();
    const { code, err } = await fixture.call('enroll', 'ghost', '--repo', REPO);
    expect(code).toBe(EXIT.notFound);
    expect(err).toContain(`${REPO} cannot be read: repository not found`);
    expect(err).toContain(`git ls-remote ${REPO}`);
    expect(await everything()).toEqual(before);
  });
});

describe('enroll, where a Gitea is configured', () => {
  const MIRROR = 'https://git.example.org/recipes/ghost.git';
  const UPSTREAM = 'https://elsewhere.example.org/ghost.git';

  beforeEach(() => {
    fixture.env = {
      CCCI_GITEA_URL: 'https://git.example.org',
      CCCI_GITEA_ORGANISATION: 'recipes',
      CCCI_GITEA_TOKEN_FILE: '/run/secrets/token',
    };
  });

  it.each([
    {
      because: 'a recipe there can be tested by a comment, and sooner with a webhook',
      words: ['--repo', MIRROR],
      says: ['a pull request in recipes/ghost is tested by the comment `!testme`', 'docs/enroll-recipe.md'],
      saysNot: ['ccci-ctl mirror'],
    },
    {
      because: 'a mirror has to be filled',
      words: ['--repo', MIRROR, '--upstream', UPSTREAM],
      says: ['`ccci-ctl mirror ghost` brings it from https://elsewhere.example.org/ghost.git', '`!testme`'],
      saysNot: [],
    },
    {
      because: 'a recipe elsewhere needs a mirror',
      words: ['--repo', UPSTREAM],
      says: [
        'is not on https://git.example.org, where `!testme` is read',
        '`ccci-ctl mirror ghost` makes it',
      ],
      saysNot: ['docs/enroll-recipe.md'],
    },
  ])('says what is left to do: $because', async ({ words, says, saysNot }) => {
    const { code, err } = await fixture.call('enroll', 'ghost', '--no-tests', ...words);
    expect(code).toBe(EXIT.ok);
    for (const text of says) expect(err).toContain(text);
    for (const text of saysNot) expect(err).not.toContain(text);
  });

  it('does not ask for a mirror that is still to be made, but for what it is made of', async () => {
    const asked: string[] = [];
    fixture.resolveRef = (repo) => {
      asked.push(repo);
      return Promise.resolve('0'.repeat(40));
    };
    await fixture.call('enroll', 'ghost', '--repo', MIRROR, '--upstream', UPSTREAM);
    expect(asked).toEqual([UPSTREAM]);
    expect(await readFile(join(fixture.recipes, 'ghost.yaml'), 'utf8')).toContain(`upstream: ${UPSTREAM}\n`);
  });
});

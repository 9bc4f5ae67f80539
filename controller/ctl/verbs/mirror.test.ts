import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MirrorWanted } from '../../mirror/mirror.ts';
import { Terminal } from '../../runtime/errors.ts';
import { EXIT } from '../terminal/exit.ts';
import { Fixture, SHA } from '../testing.ts';

const FORGE = 'https://git.example.org';
const UPSTREAM = 'https://elsewhere.example.org/ghost.git';

let fixture: Fixture;
let wanted: MirrorWanted[];

beforeEach(async () => {
  fixture = await Fixture.make();
  wanted = [];
  fixture.env = {
    CCCI_GITEA_URL: FORGE,
    CCCI_GITEA_ORGANISATION: 'recipes',
    CCCI_GITEA_TOKEN_FILE: '/run/secrets/bot',
    CCCI_MIRROR_TOKEN_FILE: '/run/secrets/mirror',
  };
  fixture.mirror = (_config, each) => {
    wanted.push(each);
    return Promise.resolve([
      { what: 'repository', done: 'created', about: 'recipes/ghost' },
      { what: 'pull request', done: 'unchanged', about: `${FORGE}/recipes/ghost/pulls/1\u001b[2J` },
    ]);
  };
  await enrol(`${FORGE}/recipes/ghost.git`, UPSTREAM);
});

afterEach(() => fixture.remove());

const enrol = (repo: string, upstream?: string): Promise<void> =>
  fixture.recipe('ghost', { source: { repo, ...(upstream === undefined ? {} : { upstream }) } });

describe('mirror', () => {
  it('asks for what the RecipeSpec says, and prints what was done', async () => {
    const { code, out } = await fixture.call('mirror', 'ghost');
    expect(code).toBe(EXIT.ok);
    expect(out).toBe(
      'repository     created     recipes/ghost\npull request   unchanged   https://git.example.org/recipes/ghost/pulls/1\n',
    );
    expect(wanted).toEqual([
      { repository: { owner: 'recipes', name: 'ghost' }, upstream: UPSTREAM, change: null },
    ]);
  });

  it('takes a change from a folder, and says what of it is not committed', async () => {
    fixture.uncommitted = 2;
    const { err } = await fixture.call(
      'mirror',
      'ghost',
      '--branch',
      'a/b',
      '--from',
      './clone',
      '--title',
      'T',
    );
    expect(wanted[0]?.change).toEqual({
      from: `${fixture.root}/clone`,
      commit: SHA,
      branch: 'a/b',
      title: 'T',
      force: false,
    });
    expect(err).toContain('has 2 files that are not committed');
  });

  it('takes a change from a ref of upstream', async () => {
    await fixture.call('mirror', 'ghost', '--branch', 'b', '--from', 'bump', '--force');
    expect(wanted[0]?.change).toEqual({ from: UPSTREAM, commit: SHA, branch: 'b', title: null, force: true });
  });

  it('says what a person must do where it was refused', async () => {
    fixture.mirror = () => Promise.reject(new Terminal('MirrorRefused', 'Gitea answered 403. Do this.'));
    const { code, err } = await fixture.call('mirror', 'ghost');
    expect(code).toBe(EXIT.notJudged);
    expect(err).toContain('Gitea answered 403. Do this.');
  });

  it.each([
    { because: 'one of two options', words: ['--branch', 'b'], says: '--branch and --from go together' },
    { because: 'a title of nothing', words: ['--title', 'b'], says: 'go with --branch' },
    ...[
      'main',
      '-x',
      'a..b',
      'a b',
      'x.lock',
      'x/',
      '../x',
      'a//b',
      'a/.b',
      '+x',
      'x:y',
      'x'.repeat(101),
    ].map((branch) => ({
      because: `the branch "${branch}"`,
      words: [`--branch=${branch}`, '--from', '.'],
      says: 'cannot be the branch of a pull request',
    })),
  ])('refuses $because', async ({ words, says }) => {
    const { code, err } = await fixture.call('mirror', 'ghost', ...words);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain(says);
    expect(wanted).toEqual([]);
  });

  it.each([
    { because: 'a repository of somebody else', repo: `${FORGE}/others/ghost.git`, upstream: UPSTREAM },
    {
      because: 'a repository elsewhere',
      repo: 'https://elsewhere.example.org/recipes/ghost.git',
      upstream: UPSTREAM,
    },
    { because: 'upstream itself', repo: `${FORGE}/recipes/ghost.git`, upstream: `${FORGE}/Recipes/ghost` },
  ])('never pushes to $because', async ({ repo, upstream }) => {
    await enrol(repo, upstream);
    const { code, err } = await fixture.call('mirror', 'ghost');
    expect(code).toBe(EXIT.forbidden);
    expect(err).toContain('nothing is pushed but to repositories of recipes');
    expect(wanted).toEqual([]);
  });

  it('says what is missing: an upstream, a configuration, an enrolled recipe', async () => {
    await enrol(`${FORGE}/recipes/ghost.git`);
    expect((await fixture.call('mirror', 'ghost')).err).toContain('ghost has no upstream');
    expect((await fixture.call('mirror', 'none')).code).toBe(EXIT.notFound);
    fixture.env = {};
    expect((await fixture.call('mirror', 'ghost')).err).toContain('CCCI_MIRROR_TOKEN_FILE');
    expect(wanted).toEqual([]);
  });
});

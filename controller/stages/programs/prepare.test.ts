import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../domain/recipe/finding.ts';
import { git } from '../../git/git.ts';
import { abraOf, appOf } from '../step/testing.ts';
import { fetchRecipe, liftedNote, prepare } from './prepare.ts';

const bind = (line: number | null): Finding => ({
  rule: 'HostBind',
  severity: 'error',
  file: line === null ? null : 'compose.yml',
  line,
  message: 'Service "app" mounts /srv.',
  fix: '',
});

describe('what the RecipeSpec allows', () => {
  it.each([
    { because: 'is not said where it is nothing', lifted: [], want: [] },
    {
      because: 'is said with rule, place and what it is',
      lifted: [bind(3), bind(null)],
      want: [
        'Allowed by the RecipeSpec alone: HostBind at compose.yml:3: Service "app" mounts /srv. HostBind: Service "app" mounts /srv.',
      ],
    },
    {
      because: 'is counted beyond five',
      lifted: [1, 2, 3, 4, 5, 6, 7].map(bind),
      want: [expect.stringMatching(/^(?:(?!compose\.yml:6).)* And 2 more\.$/)],
    },
  ])('$because', ({ lifted, want }) => {
    expect(liftedNote(lifted)).toEqual(want);
  });
});

describe('fetching', () => {
  const env = { PATH: process.env['PATH'] ?? '' };
  const abra = abraOf({ addLocalServer: () => Promise.resolve({ ok: true } as never) });
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'ccci-prepare-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  async function repository(name: string, tag: string): Promise<string> {
    const path = join(dir, name);
    const run = (...words: string[]): Promise<unknown> =>
      execa('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...words], { cwd: path });
    await execa('git', ['init', '--quiet', '--initial-branch=main', path]);
    await run('commit', '--quiet', '--allow-empty', '--message', name);
    await run('tag', tag);
    return path;
  }

  it.each([
    {
      because: 'takes the tags of the enrolled repository where another one is tested',
      scheme: 'file://',
      want: '1.0.0',
    },
    { because: 'takes the tags of a folder of this machine', scheme: '', want: '9.9.9' },
    {
      because: 'takes those of upstream where the enrolled repository mirrors one, as lint does',
      scheme: 'file://',
      upstream: true,
      want: '2.0.0',
    },
  ])('$because', async ({ scheme, upstream = false, want }) => {
    const enrolled = await repository('enrolled', '1.0.0');
    const other = await repository('other', '9.9.9');
    const app = appOf(dir, {
      env,
      checkout: join(dir, 'checkout'),
      request: { source: { repo: `${scheme}${other}`, ref: 'main' } },
      settings: {
        source: {
          repo: enrolled,
          ...(upstream ? { upstream: await repository('upstream', '2.0.0') } : {}),
        },
      },
    });
    await fetchRecipe({ ...app, abra });
    expect(await git(['tag'], { cwd: app.checkout, env })).toBe(want);
    expect(await git(['log', '-1', '--format=%s'], { cwd: app.checkout, env })).toBe('other');
  });

  it('is not judged where upstream does not answer: what is published is not known', async () => {
    const enrolled = await repository('enrolled', '1.0.0');
    const app = appOf(dir, {
      env,
      checkout: join(dir, 'checkout'),
      request: { source: { repo: enrolled, ref: 'main' } },
      settings: { source: { repo: enrolled, upstream: join(dir, 'none') } },
    });
    await expect(fetchRecipe({ ...app, abra })).rejects.toMatchObject({
      fault: 'infra',
      failure: { reason: 'TagsNotFetched' },
    });
  });

  it('is told where what was fetched is no recipe: which commit that is', async () => {
    const repo = await repository('empty', '1.0.0');
    const app = appOf(dir, {
      env,
      checkout: join(dir, 'checkout'),
      request: { source: { repo, ref: 'main' } },
      settings: { source: { repo } },
    });
    const report = await prepare({
      ...app,
      abra,
      log: { say: () => undefined },
      substep: (_name: string, work: () => unknown) => work(),
    } as never);
    expect(report).toMatchObject({
      outcome: 'failed',
      commit: await git(['rev-parse', 'HEAD'], { cwd: repo, env }),
    });
    expect(report.data).toBeUndefined();
  });
});

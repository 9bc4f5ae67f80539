/** What a run with only some image bumps is deployed from: real git, real files. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bump } from '../../api/bump.ts';
import type { PullOutcome } from '../../ports.ts';
import { type Bumped, applyBump } from './image-pins.ts';
import { readConfig } from '../../config.ts';
import type { App, Step, Tools } from '../step/context.ts';
import { appOf, logOf, stepOf, swarmOf } from '../step/testing.ts';
import { checkoutExactly } from '../../git/git.ts';
import { readRecipe } from './recipe-files.ts';
import { StageFailure } from '../step/report.ts';

let dir: string;
let checkout: string;
let commit: string;
let said: string[];
const env = { PATH: process.env['PATH'] ?? '' };

const compose = (app: string, db: string): string =>
  `version: "3.8"\nservices:\n  app:\n    image: ${app}\n  db:\n    image: ${db}\n    init: true\n`;

const git = async (...args: string[]): Promise<string> =>
  (await execa('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: checkout })).stdout;

async function commitAll(message: string): Promise<string> {
  await git('add', '--all');
  await git('commit', '--quiet', '-m', message);
  return git('rev-parse', 'HEAD');
}

const present: PullOutcome = { ok: true, id: 'sha256:0', digest: null, bytes: null };

function contextOf(
  bump: Bump | undefined,
  outcome: PullOutcome = present,
): App & Pick<Tools, 'swarm'> & Step {
  const config = { ...readConfig({}), recipesDir: join(dir, 'recipes') };
  return {
    ...appOf(dir, { checkout, env, config, request: bump === undefined ? {} : { bump } }),
    ...stepOf({ log: logOf(said) }),
    swarm: swarmOf({ ensureImage: () => Promise.resolve(outcome) }),
  };
}

async function run(
  bump?: Bump,
  how: { outcome?: PullOutcome; previous?: string | null } = {},
): Promise<Bumped> {
  const context = contextOf(bump, how.outcome);
  const { facts } = await readRecipe(context);
  const { previous = '1.0.0+1' } = how;
  return applyBump(context, { facts, previous });
}

async function failureOf(work: Promise<unknown>): Promise<StageFailure> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof StageFailure))
    throw new TypeError('It did not fail as a stage fails.', { cause: error });
  return error;
}

const imagesOf = ({ facts }: Pick<Bumped, 'facts'>): unknown =>
  facts.services.map(({ name, image }) => `${name} ${image}`);

const CHANGES = [
  { service: 'app', from: 'wiki:1', to: 'wiki:2' },
  { service: 'db', from: 'mariadb:10.6', to: 'mariadb:11.4' },
];

beforeEach(async () => {
  said = [];
  dir = await mkdtemp(join(tmpdir(), 'ccci-bump-'));
  checkout = join(dir, 'web');
  await mkdir(checkout);
  await git('init', '--quiet', '--initial-branch=main');
  await writeFile(join(checkout, '.env.sample'), 'COMPOSE_FILE="compose.yml"\n');
  await writeFile(join(checkout, 'compose.yml'), compose('wiki:1', 'mariadb:10.6'));
  await commitAll('published');
  await git('tag', '-a', '1.0.0+1', '-m', 'published');
  await writeFile(join(checkout, 'compose.yml'), compose('wiki:2', 'mariadb:11.4'));
  commit = await commitAll('head');
});

afterEach(() => rm(dir, { recursive: true }));

describe('the images that the head changes', () => {
  it('are found, and everything is deployed as the head has it', async () => {
    const found = await run();
    expect(found.changes).toEqual(CHANGES);
    expect(imagesOf(found)).toEqual(['app wiki:2', 'db mariadb:11.4']);
    expect(await git('rev-parse', 'HEAD')).toBe(commit);
    expect(await git('status', '--porcelain', '--ignored')).toBe('');
  });

  it('are none where nothing is published, and none where that cannot be read', async () => {
    expect(await run(undefined, { previous: null })).toMatchObject({ changes: [] });
    expect(await run(undefined, { previous: '0.9.0+1' })).toMatchObject({ changes: [] });
    expect(said).toEqual([expect.stringContaining('0.9.0+1 cannot be read')]);
    expect(await git('rev-parse', 'HEAD')).toBe(commit);
  });
});

describe('a run with only some bumps', () => {
  it('is deployed as the head is, with the other images of the version before', async () => {
    const found = await run({ only: ['db'] });
    expect(found.changes).toEqual(CHANGES);
    expect(imagesOf(found)).toEqual(['app wiki:1', 'db mariadb:11.4']);
    expect(said).toEqual(['With only the image of "db" bumped. "app" keeps wiki:1.']);
    expect(await readFile(join(checkout, 'compose.ccci-bump.yml'), 'utf8')).toContain('version: "3.8"');
  });

  it('keeps its pins through every checkout, and none of them looks changed', async () => {
    await run({ only: [] });
    for (const where of ['refs/tags/1.0.0+1^{commit}', commit]) {
      await checkoutExactly(checkout, where, env);
      expect(await git('status', '--porcelain')).toBe('');
      const found = await readRecipe(contextOf({ only: [] }));
      expect(imagesOf(found)).toEqual(['app wiki:1', 'db mariadb:10.6']);
    }
  });

  it('pins nothing where all are bumped', async () => {
    expect(imagesOf(await run({ only: ['app', 'db'] }))).toEqual(['app wiki:2', 'db mariadb:11.4']);
    expect(existsSync(join(checkout, 'compose.ccci-bump.yml'))).toBe(false);
  });

  it.each([
    { because: 'a service that is not there', bump: ['dbb'], how: {}, says: 'did you mean "db"?' },
    { because: 'no version before', bump: ['db'], how: { previous: null }, says: 'no version is published' },
    {
      because: 'one that cannot be read',
      bump: ['db'],
      how: { previous: '0.9.0+1' },
      says: 'of 0.9.0+1 are not known',
    },
    {
      because: 'an old image that is gone',
      bump: ['db'],
      how: {
        outcome: { ok: false, fault: 'recipe', reason: 'ImageMissing', message: 'manifest unknown' } as const,
      },
      says: 'Service "app" was to keep the image "wiki:1", which is not available',
    },
  ])('is no verdict on the recipe for $because', async ({ bump, how, says }) => {
    const failure = await failureOf(run({ only: bump }, how));
    expect(failure).toMatchObject({ fault: 'infra', failure: { reason: 'BumpNotApplied' } });
    expect(failure.message).toContain(says);
    expect(await git('rev-parse', 'HEAD')).toBe(commit);
  });

  it('does not write where a link of the recipe leads', async () => {
    const outside = join(dir, 'outside');
    await symlink(outside, join(checkout, 'compose.ccci-bump.yml'));
    commit = await commitAll('a link');
    const failure = await failureOf(run({ only: ['db'] }));
    expect(failure).toMatchObject({ fault: 'infra', failure: { reason: 'BumpNotApplied' } });
    expect(existsSync(outside)).toBe(false);
  });
});

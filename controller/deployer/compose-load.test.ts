import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appOf } from './app.ts';
import { loadDeployable } from './compose-load.ts';
import { makeContext } from './context.ts';
import { treeDigest, treeText } from '../domain/recipe/compose-tree.ts';
import type { Recipe } from './recipe.ts';

describe('what a deploy deploys', () => {
  let dir = '';
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'load-'));
    await mkdir(join(dir, 'recipe'));
    await writeFile(join(dir, 'recipe', 'compose.yml'), 'services: {app: {image: "${IMAGE}"}}');
    await writeFile(join(dir, 'recipe', 'compose.two.yml'), 'services: {db: {image: b}}');
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const load = (env: Record<string, string>) => {
    const out = { write: () => true };
    const text = 'TYPE=x\nIMAGE=a\nCOMPOSE_FILE=compose.yml:compose.two.yml\n';
    const app = appOf({ domain: 'x.org', server: 'default', path: join(dir, 'x.env'), text });
    const recipe: Recipe = { name: 'x', dir: join(dir, 'recipe'), git: {} as Recipe['git'] };
    return loadDeployable(makeContext({ env, stdout: out, stderr: out }, ['x.org'], {}), app, recipe);
  };
  const judged = async (tree: object, digest?: string) => {
    const text = treeText({ ...tree });
    await writeFile(join(dir, 'tree.json'), text);
    return {
      CCCI_DEPLOY_TREE: join(dir, 'tree.json'),
      CCCI_DEPLOY_TREE_SHA256: digest ?? treeDigest(text),
    };
  };
  const OTHER = { services: { app: { image: 'judged' } } };

  it('is what the recipe’s files say, all of them', async () => {
    expect((await load({})).tree).toEqual({ services: { app: { image: 'a' }, db: { image: 'b' } } });
  });
  it('is the tree that was judged, whatever the files say', async () => {
    expect(await load(await judged(OTHER))).toMatchObject({ tree: OTHER, env: { IMAGE: 'a' } });
  });
  it.each([
    { because: 'another digest', digest: '0'.repeat(64) },
    { because: 'no digest', digest: '' },
  ])('is nothing with $because', async ({ digest }) => {
    await expect(load(await judged(OTHER, digest))).rejects.toThrow('is not the one that was judged');
  });
  it('is nothing where the tree is not there', async () => {
    const nowhere = { CCCI_DEPLOY_TREE: join(dir, 'nowhere'), CCCI_DEPLOY_TREE_SHA256: '' };
    await expect(load(nowhere)).rejects.toThrow('cannot read the tree to deploy');
  });
});

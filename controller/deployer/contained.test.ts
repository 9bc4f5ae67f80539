import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pinPaths } from './compose-paths.ts';
import { containedPath, readContained } from './contained.ts';

describe('files that a recipe names', () => {
  let dir = '';
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'contained-'));
    await mkdir(join(dir, 'recipe', 'sub'), { recursive: true });
    await mkdir(join(dir, 'recipe', '.git'));
    for (const name of [
      'recipe/a',
      'recipe/sub/b',
      'recipe/.git/config',
      'recipe/.gitignore',
      'secret',
      'recipe-two',
    ])
      await writeFile(join(dir, name), name);
    await symlink('sub/b', join(dir, 'recipe', 'inside'));
    await symlink('../secret', join(dir, 'recipe', 'outside'));
    await symlink('/', join(dir, 'recipe', 'root'));
    await symlink('/dev/zero', join(dir, 'recipe', 'endless'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));
  const recipe = () => join(dir, 'recipe');

  it.each(['a', './a', 'sub/b', 'sub/../a', 'inside', '.gitignore'])('%s is its own', async (path) => {
    expect(await containedPath(recipe(), path)).toContain('/recipe/');
  });
  it.each([
    '../secret',
    'outside',
    'root/etc/passwd',
    '/etc/passwd',
    '.git/config',
    '../recipe-two',
    'endless',
    'none',
  ])('%s is refused', async (path) => {
    await expect(readContained(recipe(), path)).rejects.toThrow(/outside|does not exist/);
  });
  it.each([
    { because: 'config', tree: { configs: { c: { file: '../secret' } } } },
    { because: 'secret', tree: { secrets: { c: { file: 'outside' } } } },
    { because: 'env_file', tree: { services: { app: { env_file: '/etc/shadow' } } } },
    { because: 'relative bind', tree: { services: { app: { volumes: ['../:/host'] } } } },
    { because: 'home bind', tree: { services: { app: { volumes: ['~/.ssh:/ssh'] } } } },
    {
      because: 'long bind',
      tree: { services: { app: { volumes: [{ type: 'bind', source: './root', target: '/x' }] } } },
    },
  ])('a $because cannot lead out', async ({ tree }) => {
    await expect(pinPaths(tree, recipe())).rejects.toThrow(/outside|does not exist/);
  });
  it('pins what is inside to absolute paths', async () => {
    const tree = {
      configs: { c: { file: './a' } },
      services: { app: { env_file: ['a'], volumes: ['./sub:/x:ro', 'data:/d'] } },
    };
    const pinned = await pinPaths(tree, recipe());
    expect(JSON.stringify(pinned)).toContain(`${join(recipe(), 'sub')}:/x:ro`);
    expect(pinned.configs).toEqual({ c: { file: join(recipe(), 'a') } });
  });
});

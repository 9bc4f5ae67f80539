import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileFindings, readRecipeFile } from './recipe-files.ts';
import { StageFailure } from '../step/report.ts';

let dir: string;
let checkout: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-recipe-files-'));
  checkout = join(dir, 'recipe');
  await mkdir(join(checkout, '.git'), { recursive: true });
  await mkdir(join(checkout, 'conf'));
  await writeFile(join(checkout, 'conf', 'app.conf'), 'own');
  await writeFile(join(checkout, '..app.conf'), 'own');
  await writeFile(join(checkout, '.git', 'config'), 'own');
  await writeFile(join(dir, 'host.conf'), 'the host’s');
  for (const [path, target] of [
    ['in.conf', 'conf/app.conf'],
    ['out.conf', '../host.conf'],
    ['absolute.conf', join(dir, 'host.conf')],
    ['git.conf', '.git/config'],
    ['nowhere.conf', '../none.conf'],
    ['loop.conf', 'loop.conf'],
    ['folder', '..'],
    ['again.conf', 'out.conf'],
  ] as const)
    await symlink(target, join(checkout, path));
});

afterEach(() => rm(dir, { recursive: true }));

describe('fileFindings', () => {
  it.each([
    ['a file of the recipe', './conf/app.conf', []],
    ['a name that only begins like the way up', '..app.conf', []],
    ['a link within the recipe', 'in.conf', []],
    ['what the text alone betrays, which the policy says', '../host.conf', []],
    ['a link out of the recipe', 'out.conf', ['PathOutside']],
    ['a link to a link out of the recipe', 'again.conf', ['PathOutside']],
    ['an absolute link', 'absolute.conf', ['PathOutside']],
    ['a link to git’s own files', 'git.conf', ['PathOutside']],
    ['a file in a linked folder', 'folder/host.conf', ['PathOutside']],
    ['a file that is not there', 'conf/none.conf', ['FileMissing']],
    ['a file below a file', 'conf/app.conf/x', ['FileMissing']],
    ['a link to nothing', 'nowhere.conf', ['FileMissing']],
    ['a link to itself', 'loop.conf', ['FileMissing']],
    ['a folder', 'conf', ['FileMissing']],
  ] as const)('judges %s', async (_what, path, want) => {
    const place = { file: 'compose.yml', line: 7 };
    const findings = await fileFindings(checkout, { paths: [{ kind: 'config', path, place }] });
    expect(findings.map(({ rule }) => rule)).toEqual(want);
    for (const each of findings) {
      expect(each).toMatchObject({ severity: 'error', file: 'compose.yml', line: 7 });
      expect(each.message).toContain(path);
    }
  });
});

describe('readRecipeFile', () => {
  it('reads a file of the recipe, and null where there is none', async () => {
    expect(await readRecipeFile(checkout, 'in.conf')).toBe('own');
    expect(await readRecipeFile(checkout, 'none.conf')).toBeNull();
    expect(await readRecipeFile(checkout, 'loop.conf')).toBeNull();
  });

  it.each([
    { because: 'one byte too many', bytes: 2 ** 20 + 1 },
    { because: 'a file with holes', bytes: 100 * 2 ** 30 },
  ])('does not read what is larger than 1 MiB: $because', async ({ bytes }) => {
    const file = join(checkout, 'conf', 'app.conf');
    await truncate(file, bytes);
    await expect(readRecipeFile(checkout, 'in.conf')).rejects.toMatchObject({
      failure: { reason: 'FileTooLarge' },
    });
    await truncate(file, 2 ** 20);
    expect((await readRecipeFile(checkout, 'in.conf'))?.length).toBe(2 ** 20);
  });

  it.each(['out.conf', '../host.conf', 'folder/host.conf', 'git.conf'])('does not read %s', async (path) => {
    await expect(readRecipeFile(checkout, path)).rejects.toThrow(StageFailure);
  });
});

import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exists } from '../../store/exists.ts';
import { withTmp } from './tmp.ts';

let parent: string;
let dir: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'ccci-tmp-'));
  dir = join(parent, 'own');
});
afterEach(async () => rm(parent, { recursive: true, force: true }));

describe('temporary files of a step', () => {
  it('lie in a folder that nobody else can read, and go with the work', async () => {
    await withTmp(dir, async () => {
      expect((await stat(dir)).mode & 0o777).toBe(0o700);
      await writeFile(join(dir, 'a'), 'a');
    });
    expect(await exists(dir)).toBe(false);
  });

  it('go when the work fails, and what a killed step left goes too', async () => {
    await mkdir(join(dir, 'left'), { recursive: true });
    await expect(withTmp(dir, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await exists(dir)).toBe(false);
  });

  it('are never put where somebody else leads them', async () => {
    await mkdir(join(parent, 'elsewhere'));
    await symlink(join(parent, 'elsewhere'), dir);
    await expect(withTmp(dir, () => Promise.resolve())).rejects.toThrow('not a folder of ours');
    expect(await exists(dir)).toBe(true);
  });
});

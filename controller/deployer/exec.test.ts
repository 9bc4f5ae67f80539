import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from './exec.ts';

const env = { PATH: process.env['PATH'] ?? '' };
let dir: string;
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), 'ccci-exec-'))));
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('exec', () => {
  it('writes no file beyond its bound, whatever size a file with holes says that it has', async () => {
    const holes = join(dir, 'holes');
    await exec(['truncate', '--size=100G', holes], { env, timeoutMs: 10_000 });
    const outputFile = join(dir, 'archive');
    const result = await exec(['tar', '--create', '--file=-', '-C', dir, 'holes'], {
      env,
      timeoutMs: 60_000,
      outputFile,
      fileBytes: 1024 * 1024,
    });
    expect(result.code).not.toBe(0);
    expect((await stat(outputFile)).size).toBe(1024 * 1024);
  });

  it('writes all of what stays within it', async () => {
    const outputFile = join(dir, 'small');
    const bounded = { env, timeoutMs: 10_000, outputFile, fileBytes: 1024 };
    expect((await exec(['printf', '%01024d', '7'], bounded)).code).toBe(0);
    expect((await stat(outputFile)).size).toBe(1024);
  });
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ensureExcluded } from './exclude.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-exclude-'));
  await execa('git', ['init', '--quiet', dir]);
});
afterEach(() => rm(dir, { recursive: true }));

it('git sees no change in what is excluded, and what was excluded stays so', async () => {
  const exclude = join(dir, '.git', 'info', 'exclude');
  await writeFile(exclude, '/before');
  for (const name of ['before', 'ours', 'theirs']) await writeFile(join(dir, name), '');
  await ensureExcluded(dir, 'ours');
  await ensureExcluded(dir, 'ours');
  expect(await readFile(exclude, 'utf8')).toBe('/before\n/ours\n');
  const { stdout } = await execa('git', ['status', '--porcelain'], { cwd: dir });
  expect(stdout).toBe('?? theirs');
});

it('makes the file where git made none', async () => {
  await rm(join(dir, '.git', 'info', 'exclude'));
  await writeFile(join(dir, 'ours'), '');
  await ensureExcluded(dir, 'ours');
  expect((await execa('git', ['status', '--porcelain'], { cwd: dir })).stdout).toBe('');
});

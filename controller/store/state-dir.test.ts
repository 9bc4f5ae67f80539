import { mkdir, mkdtemp, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Layout, makeLayout } from './layout.ts';
import { EMPTIED, installationKey, requireWhole } from './state-dir.ts';

let dir: string;
let layout: Layout;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-state-'));
  layout = makeLayout(join(dir, 'state'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function make(what: { specs?: number; statuses?: number; runs?: number }): Promise<void> {
  const fill = async (folder: string, count: number | undefined, ending: string): Promise<void> => {
    if (count === undefined) return;
    await mkdir(folder, { recursive: true });
    for (let at = 0; at < count; at++) await writeFile(join(folder, `run-${at}${ending}`), '');
  };
  await fill(layout.testruns, what.specs, '.yaml');
  await fill(layout.statuses, what.statuses, '.json');
  await fill(layout.runs, what.runs, '');
}

describe('requireWhole', () => {
  it.each([
    { because: 'a new directory', have: {} },
    { because: 'one that was started and never used', have: { specs: 0, statuses: 0, runs: 0 } },
    { because: 'documents that were written before the first start', have: { specs: 3 } },
    {
      because: 'a few runs whose documents were removed while nothing ran',
      have: { specs: 0, statuses: 4, runs: 4 },
    },
    { because: 'many runs, of which one is still wanted', have: { specs: 1, statuses: 9, runs: 9 } },
  ])('takes $because', async ({ have }) => {
    await make(have);
    await expect(requireWhole(layout)).resolves.toBeUndefined();
  });

  it.each([
    { because: 'the documents are elsewhere', have: { statuses: 1, runs: 1 }, says: 'testruns is missing' },
    { because: 'the statuses are elsewhere', have: { specs: 1, runs: 1 }, says: 'would all be done again' },
    {
      because: 'not one document is left of many',
      have: { specs: 0, statuses: 5, runs: 5 },
      says: 'is empty',
    },
  ])('stops where $because, and makes nothing', async ({ have, says }) => {
    await make(have);
    const before = await readdir(layout.root, { recursive: true });
    await expect(requireWhole(layout)).rejects.toMatchObject({
      reason: 'StateNotWhole',
      message: expect.stringContaining(says),
    });
    expect(await readdir(layout.root, { recursive: true })).toEqual(before);
  });

  it('takes a person’s word once that all documents were removed', async () => {
    await make({ specs: 0, statuses: 9, runs: 9 });
    await writeFile(join(layout.testruns, EMPTIED), '');
    await requireWhole(layout);
    await expect(requireWhole(layout)).rejects.toMatchObject({ reason: 'StateNotWhole' });
  });
});

describe('installationKey', () => {
  it('is made once and kept, whoever asks first', async () => {
    const made = await Promise.all(
      ['1', '2', '3'].map((digit) => installationKey(layout, () => digit.repeat(64))),
    );
    expect(new Set(made).size).toBe(1);
    expect(await installationKey(layout, () => '9'.repeat(64))).toBe(made[0]);
  });

  it('is never replaced where it is damaged: what it proves would be lost', async () => {
    await mkdir(layout.root);
    await writeFile(layout.keyFile, 'torn');
    await expect(installationKey(layout, () => '1'.repeat(64))).rejects.toThrow('Restore it from a backup');
    expect(await readFile(layout.keyFile, 'utf8')).toBe('torn');
  });

  it('is not made anew where runs are known that the old one made the names of', async () => {
    await make({ specs: 1, statuses: 1, runs: 1 });
    await expect(installationKey(layout, () => '1'.repeat(64))).rejects.toMatchObject({
      reason: 'KeyMissing',
    });
    expect(await readdir(layout.root)).not.toContain('installation.key');
    await unlink(layout.statusFile('run-0'));
    await installationKey(layout, () => '1'.repeat(64));
  });
});

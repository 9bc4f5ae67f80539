import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeLayout, type Layout } from '../store/layout.ts';
import { parseTestRun } from '../store/parse-document.ts';
import { readFiles } from '../views/read-files.ts';
import { fileWishes, type Wishes } from './wishes.ts';

const SHA = 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334';
const DRAFT = {
  recipe: 'ghost',
  source: { ref: SHA, pr: 7 },
  trigger: { kind: 'comment', user: 'ada' },
} as const;

let root: string;
let layout: Layout;
let wishes: Wishes;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ccci-wishes-'));
  layout = makeLayout(root);
  wishes = fileWishes({ layout, reading: readFiles({ layout, recipesDir: root }), newId: () => 'id1' });
});
afterEach(() => rm(root, { recursive: true }));

const documentOf = async (name: string): Promise<unknown> => {
  const parsed = parseTestRun(await readFile(layout.specFile(name), 'utf8'), 'x', name);
  return parsed.ok ? parsed.value : parsed.problems;
};

it('makes a document with a name, labels and whose wish it was', async () => {
  expect(await wishes.create(DRAFT)).toBe('ghost-a1b2c3d-id1');
  expect(await documentOf('ghost-a1b2c3d-id1')).toMatchObject({
    metadata: { labels: { recipe: 'ghost', pr: '7' } },
    spec: { source: { ref: SHA, pr: 7 }, trigger: { kind: 'comment', user: 'ada' } },
  });
});

it('never makes a run over one that is there', async () => {
  await wishes.create({ ...DRAFT, name: 'x' });
  const before = await readFile(layout.specFile('x'), 'utf8');
  await expect(wishes.create({ ...DRAFT, name: 'x', recipe: 'mailu' })).rejects.toMatchObject({
    code: 'usage',
    message: 'run/x exists already.',
  });
  expect(await readFile(layout.specFile('x'), 'utf8')).toBe(before);
});

it('refuses a name that leads out of the folder', async () => {
  await expect(wishes.create({ ...DRAFT, name: '../x' })).rejects.toMatchObject({ code: 'usage' });
});

it('cancels once, saying who', async () => {
  await wishes.create({ ...DRAFT, name: 'x' });
  const wish = { by: 'person', who: 'ada' } as const;
  expect(await wishes.cancel('x', wish)).toBe(true);
  expect(await wishes.cancel('x', wish)).toBe(false);
  expect(await documentOf('x')).toMatchObject({ spec: { cancel: wish } });
  expect(await wishes.cancel('nobody', wish)).toBe(false);
});

it('withdraws, and again is no error', async () => {
  await wishes.create({ ...DRAFT, name: 'x' });
  await wishes.withdraw('x');
  await wishes.withdraw('x');
  await expect(readFile(layout.specFile('x'))).rejects.toThrow('ENOENT');
});

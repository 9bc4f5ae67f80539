import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeLayout, type Layout } from './layout.ts';
import { listNudges, removeNudge, writeNudge } from './nudges.ts';

let root: string;
let layout: Layout;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ccci-nudges-'));
  layout = makeLayout(root);
});

afterEach(() => rm(root, { recursive: true }));

it('keeps each comment once, however often it is told of, until it is removed', async () => {
  expect(await listNudges(layout)).toEqual([]);
  const ghost = { recipe: 'ghost', commentId: 12 };
  await writeNudge(layout, { recipe: 'ghost', commentId: 101 });
  await Promise.all([writeNudge(layout, ghost), writeNudge(layout, ghost)]);
  await writeNudge(layout, { recipe: 'cryptpad', commentId: 12 });
  expect(await listNudges(layout)).toEqual([
    { recipe: 'cryptpad', commentId: 12 },
    { recipe: 'ghost', commentId: 12 },
    { recipe: 'ghost', commentId: 101 },
  ]);
  await removeNudge(layout, ghost);
  await removeNudge(layout, ghost);
  expect((await listNudges(layout)).length).toBe(2);
});

it.each([
  { because: 'a name that leaves the folder is none', recipe: '../ghost', commentId: 1 },
  { because: 'ids begin with 1', recipe: 'ghost', commentId: 0 },
  { because: 'ids are whole', recipe: 'ghost', commentId: 1.5 },
  { because: 'an id that numbers cannot hold is none', recipe: 'ghost', commentId: 2 ** 60 },
])('writes nothing: $because', async ({ recipe, commentId }) => {
  await expect(writeNudge(layout, { recipe, commentId })).rejects.toThrow(RangeError);
  expect(await listNudges(layout)).toEqual([]);
});

it('passes over what somebody else put there', async () => {
  await mkdir(layout.nudges);
  for (const name of ['README', 'ghost.c0', 'ghost.c1.tmp', '.ghost.c1', 'Ghost.c1'])
    await writeFile(join(layout.nudges, name), '');
  expect(await listNudges(layout)).toEqual([]);
});

import { mkdir, mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { firstStatus } from '../domain/run/first-status.ts';
import type { TestRunStatus } from '../api/test-run-status.ts';
import { makeLayout, type Layout } from './layout.ts';
import { digestOf } from './parse-document.ts';
import { makeRewritten } from './rewritten.ts';

let root: string;
let layout: Layout;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ccci-rewritten-'));
  layout = makeLayout(root);
  await mkdir(layout.testruns);
});
afterEach(() => rm(root, { recursive: true }));

const now = new Date('2026-01-02T03:04:05.000Z');
const write = (name: string, text: string): Promise<void> => writeFile(layout.specFile(name), text);

/** Over, and closed when its document held that text. */
function over(name: string, text: string, finishedAt: string | null = now.toISOString()): TestRunStatus {
  const first = firstStatus({ uid: `u-${name}`, createdAt: now, now });
  return {
    apiVersion: 'ccci.coopcloud.tech/v1',
    kind: 'TestRunStatus',
    metadata: { name, resourceVersion: 1 },
    status: { ...first, observedGeneration: digestOf(text), finishedAt },
  };
}

it('tells once of documents that were written since their runs were over, and of each again when its file changes', async () => {
  for (const name of ['same', 'other', 'open', 'gone']) await write(name, 'as it was');
  await write('other', 'something else');
  await write('open', 'something else');
  await unlink(layout.specFile('gone'));
  const statuses = [
    over('same', 'as it was'),
    over('other', 'as it was'),
    over('open', 'as it was', null),
    over('gone', 'as it was'),
  ];
  const rewritten = makeRewritten(layout);
  expect(await rewritten(statuses)).toEqual(['other']);
  expect(await rewritten(statuses)).toEqual([]);
  await unlink(layout.specFile('same'));
  await write('same', 'and again');
  expect(await rewritten(statuses)).toEqual(['same']);
});

it('knows nothing while the folder is away, and looks when it is back', async () => {
  const rewritten = makeRewritten(layout);
  await rm(layout.testruns, { recursive: true });
  expect(await rewritten([over('one', 'as it was')])).toEqual([]);
  await mkdir(layout.testruns);
  await write('one', 'something else');
  expect(await rewritten([over('one', 'as it was')])).toEqual(['one']);
});

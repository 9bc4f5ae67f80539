import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ReportStatusBody } from '../api/report-status.ts';
import { firstStatus } from '../domain/run/first-status.ts';
import { Conflict, Terminal } from '../runtime/errors.ts';
import { openStore } from './file-store.ts';
import { type Layout, makeLayout } from './layout.ts';
import { reportsOf } from './status-folders.ts';
import type { StatusFolder } from './status-folder.ts';

let dir: string;
let layout: Layout;
let reports: StatusFolder<ReportStatusBody>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-reports-'));
  layout = makeLayout(join(dir, 'state'));
  reports = reportsOf(layout);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const said = (message: string): ReportStatusBody => ({
  uid: 'u1',
  reference: null,
  conditions: [
    {
      type: 'CommitStatusSet',
      status: 'True',
      reason: 'Said',
      message,
      lastTransitionTime: '2026-11-30T12:00:00.000Z',
    },
  ],
});

it('is nothing where nothing was said', async () => {
  expect(await reports.get('one')).toBeNull();
});

it('is read back as it was put, with a version that grows only where something changed', async () => {
  await reports.put('one', said('queued'), 0);
  await reports.put('one', said('queued'), 1);
  expect(await reports.get('one')).toMatchObject({
    kind: 'ReportStatus',
    metadata: { name: 'one', resourceVersion: 1 },
    status: said('queued'),
  });
  await reports.put('one', said('passed'), 1);
  expect((await reports.get('one'))?.metadata.resourceVersion).toBe(2);
});

it('is not written over by who read an older one', async () => {
  await reports.put('one', said('queued'), 0);
  await expect(reports.put('one', said('late'), 0)).rejects.toThrow(Conflict);
  expect((await reports.get('one'))?.status).toEqual(said('queued'));
});

it('lets one of two that write at once win', async () => {
  const both = ['a', 'b'].map((message) => reports.put('one', said(message), 0));
  expect((await Promise.allSettled(both)).map((each) => each.status)).toEqual(['fulfilled', 'rejected']);
  expect((await reports.get('one'))?.status).toEqual(said('a'));
  await reports.put('one', said('b'), 1);
});

it('is read as well where an earlier version wrote it, and told the time by another name', async () => {
  await reports.put('one', said('queued'), 0);
  const text = await readFile(layout.reportFile('one'), 'utf8');
  await writeFile(layout.reportFile('one'), text.replace('lastTransitionTime', 'time'));
  expect((await reports.get('one'))?.status).toEqual(said('queued'));
});

it('is left alone where it cannot be read', async () => {
  await reports.put('one', said('queued'), 0);
  await writeFile(layout.reportFile('one'), '{"torn');
  await expect(reports.put('one', said('anew'), 0)).rejects.toThrow(Terminal);
  expect(await readFile(layout.reportFile('one'), 'utf8')).toBe('{"torn');
});

it('goes with the run, and with it alone', async () => {
  const store = await openStore(layout, { recipesDir: dir });
  const now = new Date();
  for (const name of ['one', 'two']) {
    await store.putStatus(name, firstStatus({ uid: name, createdAt: now, now }), 0);
    await reports.put(name, said('passed'), 0);
  }
  await store.forget('one', 'one');
  await store.forget('one', 'one');
  expect(await readdir(layout.reports)).toEqual(['two.json']);
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../runtime/clock.ts';
import { makeLayout } from './layout.ts';
import { makeRecords } from './records.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ccci-records-'));
});
afterEach(() => rm(root, { recursive: true }));

const RESOURCES = {
  memory: [{ service: 'app', peakBytes: 1 }],
  totalPeakBytes: 1,
  looks: 1,
  failedLooks: 0,
  problem: '',
  images: [],
  volumes: null,
  volumeBytes: null,
  secondsToHealthy: 2,
  comparison: { runs: 0, notCompared: 'none', rows: [] },
};

it.each([
  { because: 'what was written is read', results: { resources: RESOURCES }, want: RESOURCES },
  { because: 'records of older versions have none', results: { run: 'x' }, want: null },
  { because: 'of a run that deployed nothing there are none', results: { resources: null }, want: null },
])('$because', async ({ results, want }) => {
  const records = makeRecords(makeLayout(root), systemClock);
  await records.results('u1', results);
  expect(await records.resources('u1')).toEqual(want);
});

it('knows nothing of a run that is not closed, and says so of a record that is damaged', async () => {
  const layout = makeLayout(root);
  const records = makeRecords(layout, systemClock);
  expect(await records.resources('u1')).toBeNull();
  await records.results('u1', {});
  await writeFile(join(layout.runDir('u1'), 'results.json'), '{"resources":');
  await expect(records.resources('u1')).rejects.toThrow('JSON');
});

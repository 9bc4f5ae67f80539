import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { expect, it, onTestFinished } from 'vitest';
import { readStepFiles, writeScan } from './step-files.ts';

const SCAN = { secrets: [], files: 1, bytes: 1, clean: true, leaks: [], unread: [] };
const AT = '2026-01-02T03:04:05.000Z';

it('a result is never seen without the look for secrets that was written before it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'ccci-step-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  // Whoever reads a pipe waits for what is written into it.
  const result = join(dir, 'result.json');
  await execa('mkfifo', [result]);
  const reading = readStepFiles(dir);
  await delay(50);
  await writeScan(dir, SCAN);
  const passed = { step: 'teardown', outcome: 'passed', startedAt: AT, finishedAt: AT, message: '' };
  await writeFile(result, JSON.stringify(passed));
  expect(await reading).toMatchObject({ result: passed, scan: SCAN, problem: '' });
});

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { API_VERSION } from '../api/primitives.ts';
import type { TestRunStatus } from '../api/test-run-status.ts';
import { firstStatus } from '../domain/run/first-status.ts';
import { codeOf } from '../runtime/errors.ts';
import { openReserve, readReserve } from './reserve.ts';

const run = promisify(execFile);
const now = new Date('2026-11-30T12:00:00.000Z');
let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-reserve-'));
  file = join(dir, 'reserve');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const statusOf = (name: string, message = 'Seen.'): TestRunStatus => ({
  apiVersion: API_VERSION,
  kind: 'TestRunStatus',
  metadata: { name, resourceVersion: 2 },
  status: { ...firstStatus({ uid: name, createdAt: now, now }), message },
});

it('keeps the last status of each run, and none that was dropped', async () => {
  const reserve = await openReserve(file);
  const read = readReserve(file);
  expect(await read('one')).toBeNull();
  await Promise.all([reserve.keep(statusOf('one', 'first')), reserve.keep(statusOf('two'))]);
  await reserve.keep(statusOf('one', 'last'));
  expect([await read('one'), await read('two')]).toEqual([statusOf('one', 'last'), statusOf('two')]);
  await reserve.drop('one');
  expect([await read('one'), await read('two')]).toEqual([null, statusOf('two')]);
});

it('grows no larger, and leaves out what does not fit', async () => {
  const reserve = await openReserve(file);
  const before = (await stat(file)).size;
  const names = Array.from({ length: 12 }, (_, at) => `run-${at}`);
  for (const name of names) await reserve.keep(statusOf(name, 'x'.repeat(30_000)));
  expect((await stat(file)).size).toBe(before);
  const read = readReserve(file);
  expect(await read('run-0')).not.toBeNull();
  expect(await read('run-11')).toBeNull();
});

it('is empty for who reads a torn one, and after a start', async () => {
  const reserve = await openReserve(file);
  await reserve.keep(statusOf('one'));
  await openReserve(file);
  expect(await readReserve(file)('one')).toBeNull();
  await writeFile(file, '0123456789abcdef [{"torn');
  expect(await readReserve(file)('one')).toBeNull();
  expect(await readReserve(join(dir, 'none'))('one')).toBeNull();
});

const isRoot = process.getuid?.() === 0;

it.runIf(isRoot)('has its space on a disk that is full', async () => {
  const disk = join(dir, 'disk');
  await mkdir(disk);
  await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
  try {
    const reserve = await openReserve(join(disk, 'reserve'));
    const filled = writeFile(join(disk, 'rest'), Buffer.alloc(2 * 1024 * 1024));
    await expect(filled.catch((error: unknown) => codeOf(error))).resolves.toBe('ENOSPC');
    await reserve.keep(statusOf('one', 'The disk is full.'));
    expect(await readReserve(join(disk, 'reserve'))('one')).toEqual(statusOf('one', 'The disk is full.'));
  } finally {
    await run('umount', [disk]);
  }
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../runtime/clock.ts';
import { Terminal } from '../runtime/errors.ts';
import { startTimeOf } from '../runtime/process.ts';
import { readLock, takeLock } from './lock.ts';

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-lock-'));
  file = join(dir, 'controller.lock');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const textOf = (pid: number, startTime: string | null): string =>
  JSON.stringify({ pid, startTime, startedAt: '2026-01-02T03:04:05.000Z' });

describe('takeLock', () => {
  it('keeps a second one out, by name, until it is released', async () => {
    const release = await takeLock(file, systemClock);
    expect(await readLock(file)).toMatchObject({ pid: process.pid, alive: true });
    const second = takeLock(file, systemClock);
    await expect(second).rejects.toBeInstanceOf(Terminal);
    await expect(second).rejects.toThrow(`pid ${process.pid}`);
    await release();
    expect(existsSync(file)).toBe(false);
    await (
      await takeLock(file, systemClock)
    )();
  });

  it.each([
    { because: 'torn', text: '{"pid":12' },
    { because: 'empty', text: '' },
    { because: 'of a process that is gone', text: textOf(2 ** 22 + 1, 'boot/1') },
    { because: 'of a pid that is another process now', text: textOf(process.pid, 'boot/1') },
  ])('takes over a lock that is $because', async ({ text }) => {
    await writeFile(file, text);
    expect(await readLock(file)).toMatchObject({ alive: false });
    const release = await takeLock(file, systemClock);
    expect(await readLock(file)).toMatchObject({ pid: process.pid, alive: true });
    await release();
  });

  it('lets exactly one of many take over what a dead one left', async () => {
    for (let round = 0; round < 20; round++) {
      await writeFile(file, '{"pid":12');
      const taken = await Promise.allSettled(Array.from({ length: 12 }, () => takeLock(file, systemClock)));
      const releases = taken.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      const refusals = taken.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
      expect(releases.length).toBe(1);
      for (const refusal of refusals) expect(refusal).toBeInstanceOf(Terminal);
      await releases[0]?.();
    }
  });

  it('still keeps others out where its file was removed by hand', async () => {
    const release = await takeLock(file, systemClock);
    await rm(file);
    await expect(takeLock(file, systemClock)).rejects.toBeInstanceOf(Terminal);
    await release();
  });

  it.each([
    { because: 'removed', change: () => rm(file) },
    { because: 'emptied', change: () => writeFile(file, '') },
  ])('says who runs where the file of a living one was $because', async ({ change }) => {
    const release = await takeLock(file, systemClock);
    await change();
    await expect(takeLock(file, systemClock)).rejects.toThrow(
      `A controller already runs on this state directory: pid ${process.pid} since `,
    );
    await expect(takeLock(file, systemClock)).rejects.toThrow(`${file} was removed or changed under it`);
    await release();
  });

  it('respects a live holder that it shares nothing with but the file', async () => {
    const other = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      await once(other, 'spawn');
      const text = textOf(other.pid ?? 0, await startTimeOf(other.pid ?? 0));
      await writeFile(file, text);
      await expect(takeLock(file, systemClock)).rejects.toThrow(`pid ${other.pid}`);
      expect(await readFile(file, 'utf8')).toBe(text);
    } finally {
      other.kill('SIGKILL');
    }
  });

  it('does not release what is no longer its own', async () => {
    const release = await takeLock(file, systemClock);
    await writeFile(file, textOf(1, 'boot/1'));
    await release();
    expect(existsSync(file)).toBe(true);
  });
});

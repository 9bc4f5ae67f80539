/** The real controller, whose log goes to a disk that is full: it works on, ends when it is told to, and lets the next one start. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, closeSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exists } from '../../controller/store/exists.ts';
import { makeLayout, type Layout } from '../../controller/store/layout.ts';
import { readLock } from '../../controller/store/lock.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const WAIT = { timeout: 25_000, interval: 20 };
let dir: string;
let layout: Layout;
let full: number;
const started: ChildProcess[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ccci-full-'));
  layout = makeLayout(join(dir, 'state'));
  mkdirSync(layout.testruns, { recursive: true });
  full = openSync('/dev/full', 'w');
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  closeSync(full);
  rmSync(dir, { recursive: true });
});

function start(): ChildProcess {
  const child = spawn(process.execPath, [join(ROOT, 'controller', 'main.ts')], {
    stdio: ['ignore', full, 'inherit'],
    env: {
      PATH: process.env['PATH'] ?? '',
      CCCI_STATE_DIR: layout.root,
      CCCI_RECIPES_DIR: join(ROOT, 'recipes'),
      CCCI_DOCKER_HOST: `unix://${join(dir, 'none.sock')}`,
      CCCI_LOG_LEVEL: 'debug',
      NODE_COMPILE_CACHE: join(ROOT, '.ccci', 'compile-cache'),
    },
  });
  started.push(child);
  return child;
}

it('works, ends by TERM, and lets the next one start', async () => {
  for (const name of ['one', 'two']) {
    const child = start();
    await expect.poll(async () => (await readLock(layout.lockFile))?.alive, WAIT).toBe(true);
    writeFileSync(layout.specFile(name), 'kind: nothing\n');
    await expect.poll(() => exists(layout.statusFile(name)), WAIT).toBe(true);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(await readLock(layout.lockFile)).toBeNull();
  }
}, 60_000);

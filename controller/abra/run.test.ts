import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AbraMissing, runAbra, type RunOptions } from './run.ts';

const bin = join(import.meta.dirname, 'fixtures', 'talker.mjs');
const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };
const options = (argv: string[], over: Partial<RunOptions> = {}): RunOptions => ({
  bin,
  argv,
  env,
  pty: false,
  timeoutMs: 20_000,
  ...over,
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('runAbra', () => {
  it.each([
    { pty: true, want: 'tty true in true' },
    { pty: false, want: 'tty false in false' },
  ])('gives a terminal or none (pty: $pty)', async ({ pty, want }) => {
    expect((await runAbra(options(['terminal'], { pty }))).stdout).toBe(want);
  });

  it.each([true, false])('hands on its env and nothing else (pty: %s)', async (pty) => {
    const { stdout } = await runAbra(options(['env'], { pty, env: { ...env, ABRA_DIR: '/x' } }));
    expect(
      Object.keys(JSON.parse(stdout) as object)
        .filter((key) => !['PWD', 'SHLVL', '_', 'OLDPWD', 'TERM'].includes(key))
        .sort(),
    ).toEqual(['ABRA_DIR', 'PATH']);
  });

  it('keeps stdout and stderr apart without a terminal', async () => {
    expect(await runAbra(options(['both']))).toMatchObject({
      stdout: 'to out',
      stderr: 'WARN to err',
      exitCode: 0,
    });
  });

  it.each([true, false])('streams lines as a person would see them (pty: %s)', async (pty) => {
    const lines: string[] = [];
    await runAbra(options(['colours'], { pty, onLine: (_stream, line) => void lines.push(line) }));
    expect(lines).toEqual(['red', '100%', 'last without end']);
  });

  it.each([true, false])('keeps a megabyte of much more, and streams all of it (pty: %s)', async (pty) => {
    let count = 0;
    const { stdout } = await runAbra(options(['many'], { pty, onLine: () => void (count += 1) }));
    expect(count).toBe(200_000);
    expect(stdout.length).toBeLessThanOrEqual(1024 * 1024);
    expect(stdout.endsWith('line 199999')).toBe(true);
  });

  it.each([true, false])('answers a question with the end of input (pty: %s)', async (pty) => {
    const { stdout, exitCode } = await runAbra(options(['ask'], { pty }));
    expect({ stdout, exitCode }).toEqual({ stdout: 'Proceed? nobody there', exitCode: 0 });
  });

  it.each([true, false])('a non-zero exit is a result (pty: %s)', async (pty) => {
    const run = await runAbra(options(['exit', '3', 'no', 'such', 'app'], { pty }));
    expect(run).toMatchObject({ exitCode: 3, signal: null, timedOut: false, aborted: false, allGone: true });
    expect(run.stdout + run.stderr).toBe('FATA no such app');
  });

  it.each([true, false])('stops on its timeout (pty: %s)', async (pty) => {
    const run = await runAbra(options(['hang'], { pty, timeoutMs: 500 }));
    expect(run).toMatchObject({
      timedOut: true,
      aborted: false,
      allGone: true,
      exitCode: null,
      signal: 'SIGTERM',
    });
  });

  it.each([true, false])('stops when it is cancelled, before or during (pty: %s)', async (pty) => {
    const controller = new AbortController();
    const running = runAbra(
      options(['hang'], { pty, signal: controller.signal, onLine: () => controller.abort() }),
    );
    expect(await running).toMatchObject({ aborted: true, timedOut: false });
    expect(await runAbra(options(['hang'], { pty, signal: AbortSignal.abort() }))).toMatchObject({
      aborted: true,
    });
  });

  it.each([true, false])(
    'kills a grandchild that ignores TERM (pty: %s)',
    async (pty) => {
      const stubborn = join(import.meta.dirname, 'fixtures', 'stubborn.mjs');
      const controller = new AbortController();
      const { signal } = controller;
      // It says so once it listens no more.
      const onLine = (): void => controller.abort();
      const run = await runAbra(options([], { bin: stubborn, pty, signal, onLine, graceMs: 500 }));
      const child = Number(/child (\d+)/.exec(run.stdout)?.[1]);
      expect(run).toMatchObject({ aborted: true, allGone: true, signal: 'SIGKILL' });
      expect(isAlive(child)).toBe(false);
    },
    20_000,
  );

  it('says what to do when there is nothing to run', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'run-test-'));
    await writeFile(join(dir, 'plain'), 'x');
    await chmod(join(dir, 'plain'), 0o644);
    for (const [path, want] of [
      ['none', /does not exist: install abra/],
      ['plain', /is not executable/],
      ['', /is not a file/],
    ] as const) {
      const running = runAbra(options([], { bin: join(dir, path) }));
      await expect(running).rejects.toThrow(AbraMissing);
      await expect(running).rejects.toThrow(want);
    }
    await rm(dir, { recursive: true });
  });
});

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeAbra } from './driver.ts';
import { probeAbra } from './probe.ts';
import { resolveAbraBin } from './resolve.ts';

let dir = '';
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'driver-test-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

async function executable(script: string, name = 'abra'): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

async function abraOf(script: string, lines: string[] = []) {
  const bin = await executable(script);
  return makeAbra({
    bin,
    kind: 'abra',
    abraDir: dir,
    dockerHost: 'unix:///x',
    env: {},
    onLine: (_stream, line) => void lines.push(line),
  });
}

describe('the driver', () => {
  it.each([
    {
      because: "a FATA is a result with abra's words",
      script: 'echo "FATA x is already deployed" >&2; exit 1',
      want: {
        ok: false,
        why: 'fatal',
        fault: 'recipe',
        message: 'x is already deployed',
        command: 'app deploy',
      },
    },
    {
      because: 'Docker away is no fault of the recipe',
      script: 'echo "FATA Cannot connect to the Docker daemon at unix:///x" >&2; exit 1',
      want: { ok: false, fault: 'infra' },
    },
    {
      because: 'an unknown flag is no fault of the recipe',
      script: 'echo "FATA unknown flag: --foo" >&2; exit 1',
      want: { ok: false, fault: 'infra' },
    },
    {
      because: 'a program that this machine lacks is no fault of the recipe',
      script: 'echo "FATA cannot start restic: spawn restic ENOENT" >&2; exit 1',
      want: { ok: false, fault: 'infra' },
    },
    {
      because: 'what restic cannot do with a copy of ours is no fault of the recipe',
      script: 'echo "FATA restic backup: Fatal: unable to save snapshot" >&2; exit 1',
      want: { ok: false, fault: 'infra' },
    },
    {
      because: 'a hook that says the same is the recipe’s',
      script:
        'echo "FATA hook of x_app failed with exit 1: cannot start restic: spawn restic ENOENT" >&2; exit 1',
      want: { ok: false, fault: 'recipe' },
    },
    {
      because: 'silence is told',
      script: 'exit 2',
      want: { ok: false, message: 'abra app deploy exited with 2 and said nothing' },
    },
    { because: 'exit 0 is done', script: 'echo fine', want: { ok: true } },
  ])('$because', async ({ script, want }) => {
    const abra = await abraOf(script);
    expect(await abra.deploy({ domain: 'x', chaos: true })).toMatchObject(want);
  });

  it.each([
    { because: 'abra itself reads files', kind: 'abra', takes: undefined, want: 'files', given: 'none' },
    {
      because: 'the built-in deployer takes it',
      kind: 'builtin',
      takes: undefined,
      want: 'tree',
      given: '/t abc',
    },
    {
      because: 'it reads files where it is told to',
      kind: 'builtin',
      takes: 'files',
      want: 'files',
      given: 'none',
    },
  ] as const)('a judged tree: $because, and the command line stays', async ({ kind, takes, want, given }) => {
    const bin = await executable('echo "$*"; echo "${CCCI_DEPLOY_TREE:-none} $CCCI_DEPLOY_TREE_SHA256"');
    const abra = makeAbra({ bin, kind, takes, abraDir: dir, dockerHost: 'unix:///x', env: {} });
    expect(abra.takes).toBe(want);
    const tree = { file: '/t', sha256: 'abc' };
    const result = await abra.deploy({ domain: 'x', chaos: true, tree });
    expect(
      result.run.stdout
        .trim()
        .split(/\r?\n/)
        .map((line) => line.trim()),
    ).toEqual(['app deploy x --no-input --chaos', given]);
  });

  it('shows secrets to its caller alone', async () => {
    const lines: string[] = [];
    const abra = await abraOf('echo "WARN note" >&2; echo \'[{"name":"a","value":"hunter2"}]\'', lines);
    expect(await abra.secretGenerate('x')).toMatchObject({
      ok: true,
      value: [{ name: 'a', value: 'hunter2' }],
    });
    expect(lines).toEqual(['WARN note']);
  });
  it.each(['echo "a: hunter2"', 'echo "a hunter2"; exit 1'])(
    'a failed generate quotes no secret: %s',
    async (script) => {
      const result = await (await abraOf(script)).secretGenerate('x');
      expect(result.ok).toBe(false);
      expect(JSON.stringify(result.ok ? '' : [result.message, result.lastLines])).not.toContain('hunter2');
    },
  );
  it('"no secrets generated" is an empty list, whatever the exit code', async () => {
    expect(
      await (await abraOf('echo "WARN no secrets generated" >&2; exit 1')).secretGenerate('x'),
    ).toMatchObject({ ok: true, value: [] });
  });
  it('a local server that is there already is fine', async () => {
    expect(
      await (await abraOf('echo "FATA server default already exists" >&2; exit 1')).addLocalServer(),
    ).toMatchObject({ ok: true });
  });
  it('repeats a call under a terminal when abra insists on one', async () => {
    const abra = await abraOf(
      'if [ -t 1 ]; then echo "[]"; else echo "FATA inappropriate ioctl for device" >&2; exit 1; fi',
    );
    expect(await abra.serverList()).toMatchObject({ ok: true, value: [] });
  });
  it.each([
    { because: 'as it stands', knows: 'true', says: 'chaos' },
    { because: 'anyhow, by an abra that has no --chaos for it', knows: 'false', says: 'plain' },
  ])('lints the checkout $because', async ({ knows, says }) => {
    const abra = await abraOf(
      `case " $* " in *" --chaos "*) ${knows} || { echo "FATA unknown flag: --chaos" >&2; exit 1; }; said=chaos;; *) said=plain;; esac
      echo "| REF | RULE | SEVERITY | SATISFIED | SKIPPED | HOW TO FIX |"; echo "| R001 | $said | warn | ✅ | - | - |"`,
    );
    expect(await abra.lint('ghost')).toMatchObject({ ok: true, value: [{ ref: 'R001', rule: says }] });
  });
  it('an answer that cannot be read is told as such', async () => {
    expect(await (await abraOf('echo hello')).appList()).toMatchObject({
      ok: false,
      why: 'unreadable',
      fault: 'infra',
      message: expect.stringContaining('hello') as string,
    });
  });
  it('sets what abra must have, and inherits nothing', async () => {
    const lines: string[] = [];
    await (await abraOf('echo "$ABRA_DIR $DOCKER_HOST $NO_COLOR [$VITEST]"', lines)).undeploy('x');
    expect(lines).toEqual([`${dir} unix:///x 1 []`]);
  });
});

describe('resolveAbraBin', () => {
  const say = (text: string) => `echo "${text}"`;
  it.each([
    { because: 'abra on the PATH', script: say('abra version 0.13.0-beta-06a57de'), want: 'abra' },
    { because: 'another program called abra', script: say('ABRA: a sequence assembler'), want: 'builtin' },
    { because: 'an abra that does not start', script: 'exit 1', want: 'builtin' },
  ])('auto with $because is $want', async ({ script, want }) => {
    await executable(script);
    const builtin = await executable(say('abra-builtin version 1'), 'abra-builtin');
    expect(await resolveAbraBin('auto', { path: dir, builtin })).toMatchObject({ kind: want });
  });
  it('auto without abra is the built-in, and a path is taken as it is or refused', async () => {
    const builtin = await executable(say('abra-builtin version 1'), 'abra-builtin');
    expect(await resolveAbraBin('auto', { path: '/nonexistent', builtin })).toMatchObject({
      kind: 'builtin',
      bin: builtin,
    });
    expect(await resolveAbraBin(builtin, { path: dir, builtin })).toMatchObject({ kind: 'builtin' });
    await expect(resolveAbraBin(join(dir, 'none'), { path: dir, builtin })).rejects.toThrow(/does not exist/);
    await expect(resolveAbraBin(await executable(say('hi'), 'hi'), { path: dir, builtin })).rejects.toThrow(
      /does not answer/,
    );
  });
});

describe('probeAbra', () => {
  it('finds nothing missing in the built-in deployer', async () => {
    const bin = join(import.meta.dirname, '..', '..', 'bin', 'abra-builtin');
    expect(await probeAbra({ bin, env: { PATH: '/usr/bin:/bin' } })).toEqual([]);
  }, 30_000);
  it('names missing flags and commands', async () => {
    const bin = await executable(
      'case "$*" in "app deploy --help") echo "abra app deploy --no-input --chaos --force --no-domain-checks";; *) exit 1;; esac',
    );
    const missing = await probeAbra({ bin, env: {} });
    expect(missing).toContainEqual({
      command: 'app deploy',
      flags: ['--no-converge-checks'],
      why: 'its help does not name them',
    });
    expect(missing).toContainEqual({ command: 'app undeploy', flags: [], why: 'no such command (exit 1)' });
  });
});

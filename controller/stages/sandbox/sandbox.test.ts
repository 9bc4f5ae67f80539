import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../config.ts';
import { exists } from '../../store/exists.ts';
import { markedProcesses } from '../../host/marked-processes.ts';
import { runInSandbox, type SandboxEnd, type SandboxRequest } from './sandbox.ts';
import { LIMITS } from './plan.ts';

const MARK = `unit-${process.pid}/sandbox`;
/** Seconds that nobody else sleeps: another checkout may run these tests at the same time. */
const NAP = `30000${process.pid}`;
/** Only root can make a sandbox, and says so. */
const isRoot = process.getuid?.() === 0;
let dir: string;
let count = 0;

beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), 'ccci-sandbox-'))));
afterAll(() => rm(dir, { recursive: true, force: true }));

async function run(
  script: string,
  more: Partial<SandboxRequest> = {},
): Promise<SandboxEnd & { readonly said: string }> {
  count += 1;
  const end = await runInSandbox({
    dir: await mkdtemp(join(dir, 'one-')),
    domain: 'web.ci.test',
    relaySocket: null,
    mark: `${MARK}/${count}`,
    outerEnv: readConfig().baseEnv,
    now: new Date(),
    argv: ['sh', '-c', script],
    cwd: '/tmp',
    env: { PATH: '/usr/bin:/bin', HOME: '/tmp' },
    binds: [],
    report: null,
    ...more,
    limits: more.limits ?? { ...LIMITS, timeoutMs: 20_000 },
  });
  return { ...end, said: end.output.head.toString('utf8') };
}

describe.skipIf(!isRoot)('runInSandbox', { timeout: 60_000 }, () => {
  it('runs a program and says how it ended', async () => {
    expect(await run('echo hello; exit 7')).toMatchObject({ exitCode: 7, said: 'hello\n', timedOut: false });
  });

  it('keeps what is said on both outputs in the order in which it was said', async () => {
    const { said } = await run('for i in $(seq 200); do echo $i; echo $i >&2; done');
    const numbers = Array.from({ length: 200 }, (_, index) => index + 1);
    expect(said).toBe(numbers.map((each) => `${each}\n${each}\n`).join(''));
  });

  it('is nobody that has any power', async () => {
    const { said } = await run('id -u; grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status; hostname');
    expect(said).toMatch(/^19\d{8}\n/);
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'])
      expect(said).toContain(`Cap${set}:\t0000000000000000`);
    expect(said).toContain('NoNewPrivs:\t1');
    expect(said).toContain('Seccomp:\t2');
    expect(said).toContain('recipe-tests');
  });

  it.each([
    { because: 'no socket of Docker', script: 'ls -d /var/run/docker.sock /run /var', want: /cannot access/ },
    {
      because: 'no state, no home, no checkout',
      script: `ls -d /root /home /var ${process.cwd()} ${tmpdir()}/ccci*`,
      want: /cannot access/,
    },
    {
      because: 'not the environment of who made it',
      script: 'cat /proc/1/environ',
      want: /Permission denied/,
    },
    { because: 'no process of the machine', script: `kill -0 ${process.pid}`, want: /No such process/ },
    { because: 'no signal to its own process 1', script: 'kill -9 1', want: /not permitted/ },
    {
      because: 'not a word outside of /tmp',
      script: 'echo x > /x; echo x > /usr/x; echo x > /etc/x; mkdir /dev/x; false',
      want: /(?:Read-only|Permission denied)[\s\S]*Read-only[\s\S]*(?:Read-only|Permission denied)[\s\S]*Permission denied/,
    },
    { because: 'no other user', script: 'setpriv --reuid 0 id', want: /not permitted/ },
    {
      because: 'no power by a setuid program',
      script: 'su -c id || mount -t tmpfs x /tmp',
      want: /Authentication|must be|denied|not permitted|superuser/i,
    },
    {
      because: 'no namespace in which it would be root',
      script: 'unshare -U -r id',
      want: /Operation not permitted/,
    },
    { because: 'no device', script: 'ls /dev/vda /dev/kmsg /dev/mem /dev/fuse', want: /cannot access/ },
    { because: 'not the kernel’s log', script: 'dmesg', want: /not permitted/ },
    {
      because: 'no file larger than allowed',
      script: 'head -c 70000000 /dev/zero > /tmp/x',
      want: /File too large|File size limit/i,
    },
    {
      because: 'no more in /tmp than allowed',
      script: 'for i in 1 2 3 4 5; do head -c 60000000 /dev/zero > /tmp/$i || exit 1; done',
      want: /No space left/,
    },
    {
      because: 'nothing in the kernel’s settings',
      script: 'echo 1 > /proc/sys/vm/drop_caches; echo b > /proc/sysrq-trigger; false',
      want: /cannot create[\s\S]*cannot create/,
    },
    {
      because: 'no way to the hypervisor',
      script: '/usr/bin/python3 -c "import socket; socket.socket(40, socket.SOCK_STREAM)"',
      want: /not permitted/,
    },
  ])('lets it have $because', async ({ script, want }) => {
    const { exitCode, said } = await run(script);
    expect(said).toMatch(want);
    expect(exitCode).not.toBe(0);
  });

  it('knows the app’s name and its own, and no other', async () => {
    const { said } = await run('getent hosts web.ci.test; getent hosts other.ci.test || echo none; id -un');
    expect(said).toBe('127.0.0.1       localhost web.ci.test\nnone\ntests\n');
  });

  it('has no network but its own loopback', async () => {
    const server = createServer((_request, response) => response.end('secret'));
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
    );
    try {
      const { exitCode, said } = await run(
        `curl -sS -m 5 http://127.0.0.1:${port}/; cat /proc/net/route; ip -o link`,
      );
      expect(said).not.toContain('secret');
      expect(said).toMatch(/Failed to connect|Couldn't connect|refused/);
      expect(said.match(/^\d+: /gm)).toEqual(['1: ']);
      expect(exitCode).toBe(0);
    } finally {
      server.close();
    }
  });

  it('ends what does not end, with all that it started', async () => {
    const script = `trap "" TERM; setsid sleep ${NAP} & (setsid sh -c "trap \\"\\" TERM; sleep ${NAP}" &) ; while :; do sleep 1; done`;
    const { timedOut, exitCode } = await run(script, { limits: { ...LIMITS, timeoutMs: 1_000 } });
    expect([timedOut, exitCode === 0]).toEqual([true, false]);
    expect(await sleepers()).toEqual([]);
    expect(await markedProcesses(MARK)).toEqual([]);
  });

  it('leaves no daemon behind', async () => {
    const up = 'until [ "$(ps -e | grep -c sleep)" = 2 ]; do :; done; echo up';
    expect((await run(`setsid -f sleep ${NAP}; env -i setsid -f sleep ${NAP}; ${up}`)).said).toBe('up\n');
    expect(await sleepers()).toEqual([]);
  });

  it('keeps head and tail of what is printed, and only these', async () => {
    const before = process.memoryUsage().rss;
    const { output, exitCode } = await run('echo first; head -c 200000000 /dev/zero; echo last', {
      limits: { ...LIMITS, timeoutMs: 50_000 },
    });
    expect(exitCode).toBe(0);
    expect(output.head.toString().startsWith('first\n')).toBe(true);
    expect(output.tail.toString().endsWith('last\n')).toBe(true);
    expect(output.omitted).toBe(200_000_011 - 2 * LIMITS.outputBytes);
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
  });

  it('bounds processes, and is alive to say so', async () => {
    const { said, exitCode } = await run('while :; do sleep 60 & done', {
      limits: { ...LIMITS, processes: 40 },
    });
    expect(said).toMatch(/fork/);
    expect(exitCode).not.toBe(0);
  });

  it('bounds memory, of all processes together where there are cgroups', async () => {
    const hog = 'x = bytearray(60_000_000)';
    const script = `for i in 1 2 3 4; do /usr/bin/python3 -c "import time; ${hog}; time.sleep(3)" & done; wait; echo all`;
    const { cgroup, outOfMemory } = await run(script, {
      limits: { ...LIMITS, memoryBytes: 128 * 1024 * 1024 },
    });
    expect(cgroup).toBe((await exists('/sys/fs/cgroup/cgroup.controllers')) ? 2 : 1);
    expect(outOfMemory).toBe(true);
    const alone = await run(`/usr/bin/python3 -c "x = bytearray(300_000_000)"`, {
      limits: { ...LIMITS, dataBytes: 128 * 1024 * 1024 },
    });
    expect(alone.said).toContain('MemoryError');
  });

  it('stops when told to, also while it is being made, and leaves nothing behind', async () => {
    for (const after of [0, 15, 30, 45, 60, 90, 400]) {
      const controller = new AbortController();
      const running = run(`sleep ${NAP}`, { signal: controller.signal });
      setTimeout(() => controller.abort(new Error('cancelled')), after);
      await expect(running).rejects.toThrow('cancelled');
      expect(await sleepers()).toEqual([]);
      expect(await markedProcesses(MARK)).toEqual([]);
    }
  });

  it('says that it is its own fault where it cannot be made', async () => {
    await expect(run('true', { binds: [{ from: '/nowhere', to: '/x' }] })).rejects.toThrow(
      /bubblewrap: .*\/nowhere/,
    );
    await expect(run('true', { outerEnv: { PATH: '/nowhere' } })).rejects.toThrow(
      /could not be made|bubblewrap/,
    );
  });

  it('gives one file to write, and it is the one', async () => {
    const report = join(dir, 'report');
    await writeFile(report, '');
    await chmod(report, 0o666);
    const { said } = await run('echo found > /ccci/report; rm /ccci/report; echo x > /ccci/other', {
      report: { from: report, to: '/ccci/report' },
    });
    expect(await readFile(report, 'utf8')).toBe('found\n');
    expect(said).toMatch(/rm: [\s\S]*(?:Read-only|denied)/);
  });
});

async function sleepers(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.startsWith(`sleep\0${NAP}\0`));
}

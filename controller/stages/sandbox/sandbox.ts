/** Runs strangers' code: bubblewrap around it, cgroups around that, and one gate to the app. Whatever happens, nothing of it is left. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, lstat, mkdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import { type Kept, makeHeadTail } from '../../domain/text/head-tail.ts';
import { codeOf, messageOf } from '../../runtime/errors.ts';
import { readLines } from '../../runtime/read-lines.ts';
import { exists } from '../../store/exists.ts';
import { endMarked, MARK_VARIABLE } from '../../host/marked-processes.ts';
import { type Cgroup, makeCgroup } from './cgroup.ts';
import { type Bind, bwrapArgs, FD, type SandboxPlan, type SystemPath } from './plan.ts';
import { seccompProgram } from './seccomp.ts';

export interface SandboxRequest extends Omit<SandboxPlan, 'uid' | 'system'> {
  /** Of this sandbox alone, mode 700; the caller removes it. */
  readonly dir: string;
  /** The only host that it finds. */
  readonly domain: string;
  /** Where the relay to that host listens, or null for no network at all. */
  readonly relaySocket: string | null;
  /** Borne by every process of ours around it. */
  readonly mark: string;
  /** For bubblewrap and the gate, not for what runs inside. */
  readonly outerEnv: Readonly<Record<string, string>>;
  readonly now: Date;
  readonly signal?: AbortSignal;
  /** The head of the output, as it comes. */
  readonly onOutput?: (piece: Buffer) => void;
}

export interface SandboxEnd {
  /** 128 + n where a signal ended it. */
  readonly exitCode: number;
  readonly timedOut: boolean;
  readonly outOfMemory: boolean;
  readonly output: Kept;
  /** What bounded memory and processes as a whole. */
  readonly cgroup: 1 | 2 | null;
}

/** The sandbox could not be made: never the fault of what was to run in it. */
export class SandboxError extends Error {
  override readonly name: string = 'SandboxError';
}

/** No user of a distribution, a container or systemd (uid ranges of systemd.io/UIDS-GIDS). */
const FIRST_UID = 1_900_000_000;
const UIDS = 65_536;

/** Whom to give the files that only the sandbox shall read. */
export function sandboxUid(mark: string): number {
  return FIRST_UID + (createHash('sha256').update(mark).digest().readUInt32BE(0) % UIDS);
}

/** Rejects with a SandboxError, or with the signal's reason. */
export async function runInSandbox(request: SandboxRequest): Promise<SandboxEnd> {
  const { mark, signal } = request;
  if (process.getuid?.() !== 0)
    throw new SandboxError('A sandbox is made by root alone: start the controller as root.');
  signal?.throwIfAborted();
  let cgroup: Cgroup | null = null;
  try {
    cgroup = await makeCgroup(
      createHash('sha256').update(mark).digest('hex').slice(0, 16),
      request.limits,
      request.now,
    );
    const end = await start(request, cgroup);
    signal?.throwIfAborted();
    return end;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof SandboxError) throw error;
    throw new SandboxError(`The sandbox could not be made: ${messageOf(error)}`, { cause: error });
  } finally {
    await endMarked(mark);
    await cgroup?.remove();
  }
}

const KILL_AFTER_MS = 1_000;
/** To make the sandbox and its gate. Time of what runs in it begins after that: a slow machine is not its fault. */
const OPENING_MS = 60_000;

async function start(request: SandboxRequest, cgroup: Cgroup | null): Promise<SandboxEnd> {
  const { mark, outerEnv, signal } = request;
  const plan: SandboxPlan = {
    ...request,
    uid: sandboxUid(mark),
    system: await systemPaths(),
    binds: [...(await etcBinds(request)), ...request.binds],
  };
  const env = { ...outerEnv, [MARK_VARIABLE]: mark };
  const late = new AbortController();
  const ends = AbortSignal.any([late.signal, signal].filter((each) => each !== undefined));
  const child = startBubblewrap(plan, { env, signal: ends });
  // Killed while it still makes the sandbox, it may leave a child that would go on alone and keep our pipes open. What survives this, the caller's own call tells.
  child.nodeChildProcess.once('exit', () => void endMarked(mark).catch(() => undefined));
  const output = collect([child.stdout, child.stderr], request);
  const status = statusOf(child.stdio[FD.status]);
  const release = child.stdio[FD.block] as unknown as Writable;
  await within(OPENING_MS, late, () => opened(request, { status, release, cgroup, env }));
  if (late.signal.aborted) throw new SandboxError(`It was not made within ${OPENING_MS / 1000} s.`);
  const [kept, { isCanceled, shortMessage = 'it failed' }] = await within(
    plan.limits.timeoutMs,
    late,
    async () => [await output, await child] as const,
  );
  const timedOut = late.signal.aborted;
  const exitCode = await status.exitCode;
  const outOfMemory = await ranOutOfMemory(cgroup);
  const isEnded = exitCode !== null || isCanceled || outOfMemory;
  if (!isEnded) throw new SandboxError(`bubblewrap: ${lastLine(kept) || shortMessage}`);
  return {
    exitCode: exitCode ?? KILLED,
    timedOut,
    outOfMemory,
    output: kept,
    cgroup: cgroup?.version ?? null,
  };
}

/** Aborts what takes longer. */
async function within<T>(ms: number, late: AbortController, work: () => Promise<T>): Promise<T> {
  const timer = setTimeout(() => late.abort(), ms);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}

async function ranOutOfMemory(cgroup: Cgroup | null): Promise<boolean> {
  return cgroup !== null && cgroup.ranOutOfMemory();
}

/** As a shell says it of SIGKILL. */
const KILLED = 137;

interface Outside {
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

// oxlint-disable-next-line typescript/explicit-module-boundary-types -- execa's type follows from the options
function startBubblewrap(plan: SandboxPlan, { env, signal }: Outside) {
  return execa('bwrap', bwrapArgs(plan), {
    cwd: '/',
    env,
    extendEnv: false,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', seccompProgram()],
    encoding: 'buffer',
    buffer: false,
    reject: false,
    cancelSignal: signal,
    forceKillAfterDelay: KILL_AFTER_MS,
  } as const);
}

async function collect(streams: readonly Readable[], { limits, onOutput }: SandboxRequest): Promise<Kept> {
  const output = makeHeadTail(limits.outputBytes, limits.outputBytes);
  const read = async (stream: Readable): Promise<void> => {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      const shown = output.push(piece);
      if (shown.length > 0) onOutput?.(shown);
    }
  };
  await Promise.all(streams.map(read));
  return output.end();
}

function lastLine({ head }: Kept): string {
  return head.toString('utf8').trim().split('\n').at(-1) ?? '';
}

interface Status {
  /** Of process 1 of the sandbox, which waits for us; null if bubblewrap ended before. */
  readonly pid: Promise<number | null>;
  /** Null if nothing was started in it. */
  readonly exitCode: Promise<number | null>;
}

/** One JSON document a line. */
function statusOf(stream: Readable): Status {
  const pid = Promise.withResolvers<number | null>();
  let exitCode: number | null = null;
  const ended = (async () => {
    for await (const line of readLines(stream)) {
      const said = JSON.parse(line) as { 'child-pid'?: number; 'exit-code'?: number };
      if (said['child-pid'] !== undefined) pid.resolve(said['child-pid']);
      exitCode = said['exit-code'] ?? exitCode;
    }
    pid.resolve(null);
    return exitCode;
  })();
  return { pid: pid.promise, exitCode: ended };
}

interface Opening {
  readonly status: Status;
  readonly release: Writable;
  readonly cgroup: Cgroup | null;
  readonly env: Readonly<Record<string, string>>;
}

/** While the sandbox waits: it is put under its limits and gets its gate. Then it goes on. */
async function opened(
  { relaySocket }: SandboxRequest,
  { status, release, cgroup, env }: Opening,
): Promise<void> {
  // One that failed before it waits has nobody who reads.
  release.on('error', () => undefined);
  const pid = await status.pid;
  if (pid === null) return;
  try {
    await cgroup?.add(pid);
    if (relaySocket !== null) await startGate(pid, relaySocket, env);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
  release.end('x');
}

const HTTPS = '443';

/** In the sandbox's network and outside of everything else of it; ended with the rest of the mark. */
async function startGate(pid: number, socket: string, env: Readonly<Record<string, string>>): Promise<void> {
  const program = [process.execPath, join(import.meta.dirname, 'relay-gate.ts'), socket, HTTPS];
  const gate = execa('nsenter', [`--net=/proc/${pid}/ns/net`, '--', ...program], {
    cwd: '/',
    env,
    extendEnv: false,
    stdin: 'pipe',
    all: true,
    buffer: false,
    reject: false,
  });
  const said = await firstLine(gate.all);
  if (said !== 'ready') throw new SandboxError(`The gate to the app could not be opened: ${said}`);
}

/** The stream stays open, and its program with it. */
async function firstLine(stream: Readable): Promise<string> {
  const lines = readLines(stream);
  const line = await Promise.race([once(lines, 'line'), once(lines, 'close')]);
  return String(line[0] ?? 'it ended without a word');
}

const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store'];

/** Programs and libraries of this machine. */
export async function systemPaths(): Promise<SystemPath[]> {
  const found = await Promise.all(
    SYSTEM.map(async (path): Promise<SystemPath[]> => {
      try {
        return [{ path, link: (await lstat(path)).isSymbolicLink() ? await readlink(path) : null }];
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return [];
        throw error;
      }
    }),
  );
  return found.flat();
}

/** Of this machine's /etc, what programs cannot be found without. */
const ETC = ['/etc/ld.so.cache', '/etc/alternatives', '/etc/ssl/openssl.cnf'];

/** Users, hosts and names as the sandbox has them: itself, and the app. */
export async function etcBinds({
  dir,
  domain,
  mark,
}: Pick<SandboxRequest, 'dir' | 'domain' | 'mark'>): Promise<Bind[]> {
  const uid = sandboxUid(mark);
  const files: Readonly<Record<string, string>> = {
    passwd: `root:x:0:0::/:/bin/false\ntests:x:${uid}:${uid}::/tmp:/bin/sh\n`,
    group: `root:x:0:\ntests:x:${uid}:\n`,
    hosts: `127.0.0.1 localhost ${domain}\n::1 localhost\n`,
    'resolv.conf': '',
    'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
  };
  await mkdir(join(dir, 'etc'), { recursive: true });
  const made: Bind[] = [];
  for (const [name, text] of Object.entries(files)) {
    const from = join(dir, 'etc', name);
    await writeFile(from, text);
    await chmod(from, 0o644);
    made.push({ from, to: `/etc/${name}` });
  }
  const there = await Promise.all(ETC.map(exists));
  return [...made, ...ETC.filter((_path, index) => there[index]).map((path) => ({ from: path, to: path }))];
}

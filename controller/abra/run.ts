/** Runs abra as a process: no terminal, no questions, bounded output, a time limit. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { constants as os } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Terminal } from '../runtime/errors.ts';
import { makeCollector, type Collector } from './output.ts';
import { stopGroup } from './process-group.ts';

/** The executable cannot be started at all: a person must act. */
export class AbraMissing extends Terminal {
  constructor(message: string, options?: ErrorOptions) {
    super('AbraMissing', message, options);
  }
}

export type Stream = 'stdout' | 'stderr';

export type RunOptions = {
  bin: string;
  argv: readonly string[];
  /** Everything the child sees; nothing is inherited. */
  env: Readonly<Record<string, string>>;
  pty: boolean;
  timeoutMs: number;
  /** Between TERM and KILL. */
  graceMs?: number;
  cwd?: string;
  signal?: AbortSignal;
  /** Called for each line as it comes. Under a terminal all of it is `stdout`. */
  onLine?: (stream: Stream, line: string) => void;
};

export type RunResult = {
  /** Null when a signal ended it. */
  exitCode: number | null;
  signal: string | null;
  timedOut: boolean;
  aborted: boolean;
  /** False when something of its process group outlived KILL. */
  allGone: boolean;
  stdout: string;
  stderr: string;
  durationMs: number;
};

async function checkExecutable(bin: string): Promise<void> {
  try {
    await access(bin, constants.X_OK);
    if ((await stat(bin)).isFile()) return;
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'EACCES' ? 'is not executable' : 'does not exist';
    throw new AbraMissing(`${bin} ${why}: install abra, or set abra.bin to its path or to "auto"`, {
      cause: error,
    });
  }
  throw new AbraMissing(`${bin} is not a file: set abra.bin to the abra executable or to "auto"`);
}

type Ended = { exitCode: number | null; signal: string | null };
type Started = { pid: number; ended: Promise<Ended> };
type Collectors = Record<Stream, Collector>;

function signalName(number: number | undefined): string | null {
  if (!number) return null;
  return Object.entries(os.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
}

/** EOT makes stdin be at its end, so that a question is answered with "nothing" instead of hanging. */
const EOT = '\u0004';
const EOT_EVERY_MS = 2_000;

/** Wide enough that no table wraps: the widest line of `recipe lint` has 146 columns. */
const TERMINAL = { name: 'xterm-256color', cols: 400, rows: 100 };

async function startOnTerminal(options: RunOptions, out: Collectors): Promise<Started> {
  const { spawn } = await import('@lydell/node-pty');
  const child = spawn(options.bin, [...options.argv], {
    ...TERMINAL,
    env: { ...options.env },
    cwd: options.cwd,
  });
  child.onData((chunk) => out.stdout.push(chunk));
  child.write(EOT);
  const eot = setInterval(() => child.write(EOT), EOT_EVERY_MS);
  const ended = new Promise<Ended>((resolve) => {
    child.onExit(({ exitCode, signal }) => {
      clearInterval(eot);
      const name = signalName(signal);
      resolve({ exitCode: name === null ? exitCode : null, signal: name });
    });
  });
  return { pid: child.pid, ended };
}

async function startPlain(options: RunOptions, out: Collectors): Promise<Started> {
  const { execa } = await import('execa');
  const child = execa(options.bin, [...options.argv], {
    env: { ...options.env },
    extendEnv: false,
    cwd: options.cwd,
    stdin: 'ignore',
    detached: true, // its own process group, so that the whole of it can be stopped
    cleanup: true,
    buffer: false,
    reject: false,
  });
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => out[stream].push(chunk));
  }
  const ended = child.then((result): Ended => ({
    exitCode: result.exitCode ?? null,
    signal: result.signal ?? null,
  }));
  if (child.pid === undefined)
    throw new AbraMissing(`${options.bin} could not be started: ${(await child).message ?? ''}`);
  return { pid: child.pid, ended };
}

type Watchdog = {
  readonly why: { timedOut: boolean; aborted: boolean };
  /** Settles only after a stop: whether nothing of the group is left. */
  readonly stopped: Promise<boolean>;
  clear(): void;
};

/** Stops the group on the deadline or on abort. */
function watch(pid: number, options: RunOptions): Watchdog {
  const why = { timedOut: false, aborted: false };
  const { promise: stopped, resolve } = Promise.withResolvers<boolean>();
  const end = (reason: keyof typeof why): void => {
    if (why.timedOut || why.aborted) return;
    why[reason] = true;
    resolve(stopGroup(pid, options.graceMs));
  };
  const timer = setTimeout(() => end('timedOut'), options.timeoutMs);
  const onAbort = (): void => end('aborted');
  if (options.signal?.aborted) onAbort();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const clear = (): void => {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
  };
  return { why, stopped, clear };
}

/** What is still in the pipes of a stopped group is read for this long. */
const DRAIN_MS = 500;

/** A process that left the group can hold the pipes open for ever; it must not hold us too. */
async function endOf(started: Started, watchdog: Watchdog): Promise<Ended> {
  const drained = watchdog.stopped.then(() => sleep(DRAIN_MS, undefined, { ref: false }));
  const ended = await Promise.race([started.ended, drained]);
  return ended ?? { exitCode: null, signal: 'SIGKILL' };
}

/**
 * Runs the executable to its end, its timeout or its cancellation. A non-zero exit is a result;
 * AbraMissing is thrown when there is nothing to run.
 */
export async function runAbra(options: RunOptions): Promise<RunResult> {
  await checkExecutable(options.bin);
  const startedAt = performance.now();
  const out: Collectors = {
    stdout: makeCollector((line) => options.onLine?.('stdout', line)),
    stderr: makeCollector((line) => options.onLine?.('stderr', line)),
  };
  const started = await (options.pty ? startOnTerminal : startPlain)(options, out);
  const watchdog = watch(started.pid, options);
  const { exitCode, signal } = await endOf(started, watchdog);
  watchdog.clear();
  const { timedOut, aborted } = watchdog.why;
  const allGone = timedOut || aborted ? await watchdog.stopped : true;
  out.stdout.end();
  out.stderr.end();
  return {
    exitCode,
    signal,
    timedOut,
    aborted,
    allGone,
    stdout: out.stdout.text(),
    stderr: out.stderr.text(),
    durationMs: Math.round(performance.now() - startedAt),
  };
}

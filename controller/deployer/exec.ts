/** Runs a program to its end, bounded in time and output. */
import { spawn, type ChildProcess } from 'node:child_process';
import { open, type FileHandle } from 'node:fs/promises';

export type ExecResult = { code: number; stdout: string; stderr: string };

export type ExecOptions = {
  env: Record<string, string>;
  timeoutMs: number;
  cwd?: string;
  input?: string;
  /** Reads stdin from this file instead of `input`. */
  inputFile?: string;
  /** Writes stdout to this new file instead of the result: archives are larger than memory. */
  outputFile?: string;
  /** More than this the child, and what it starts, cannot write into one file; it then ends with an error. */
  fileBytes?: number;
};

/** A child that answers more than this is broken, and must not eat the memory of the run. */
const MAX_OUTPUT = 64 * 1024 * 1024;

/** After TERM a child may tidy up this long before it is killed. */
const KILL_GRACE_MS = 2_000;

function collect(child: ChildProcess): { stdout: Buffer[]; stderr: Buffer[] } {
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  let size = 0;
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_OUTPUT) child.kill('SIGKILL');
      else chunks[name].push(chunk);
    });
  }
  return chunks;
}

type Files = { input: FileHandle | undefined; output: FileHandle | undefined };

/** Runs argv to its end; a non-zero exit is a result, a missing program or a timeout is an error. */
export async function exec(argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
  const files: Files = {
    input: options.inputFile === undefined ? undefined : await open(options.inputFile, 'r'),
    output: options.outputFile === undefined ? undefined : await open(options.outputFile, 'wx', 0o600),
  };
  try {
    return await start(argv, options, files);
  } finally {
    await files.input?.close();
    await files.output?.close();
  }
}

function limited(fileBytes: number | undefined): string[] {
  return fileBytes === undefined ? [] : ['prlimit', `--fsize=${fileBytes}:${fileBytes}`, '--'];
}

function start(argv: readonly string[], options: ExecOptions, files: Files): Promise<ExecResult> {
  const [program = '', ...args] = [...limited(options.fileBytes), ...argv];
  return new Promise((resolve, reject) => {
    const stdio = [files.input?.fd ?? 'pipe', files.output?.fd ?? 'pipe', 'pipe'] as const;
    const child = spawn(program, args, { cwd: options.cwd, env: options.env, stdio: [...stdio] });
    const chunks = collect(child);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), KILL_GRACE_MS).unref();
    }, options.timeoutMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new Error(`cannot start ${program}: ${error.message}`, { cause: error }));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (timedOut) {
        return reject(
          new Error(`${argv.slice(0, 3).join(' ')} took longer than ${options.timeoutMs / 1000}s`),
        );
      }
      const text = (name: 'stdout' | 'stderr') => Buffer.concat(chunks[name]).toString('utf8');
      return resolve({ code: code ?? 1, stdout: text('stdout'), stderr: text('stderr') });
    });
    child.stdin?.on('error', () => {}); // the child may end without reading its input
    child.stdin?.end(options.input ?? '');
  });
}

/** Runs argv in this terminal, for `app run`; returns its exit code. */
export function execAttached(argv: readonly string[], env: Record<string, string>): Promise<number> {
  const [program = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** What one call of the deployer works with: flags, arguments, streams, environment. */
import { join } from 'node:path';
import { makeDocker, type Docker } from './docker.ts';
import { makeLog, type Log, type Out } from './log.ts';

export type Flags = Readonly<Record<string, string | true>>;

/** What one call of the executable works with. */
export type Context = {
  readonly args: readonly string[];
  readonly flags: Flags;
  readonly env: NodeJS.ProcessEnv;
  readonly abraDir: string;
  readonly docker: Docker;
  readonly log: Log;
  readonly stdout: Out;
};

export type Process = { env: NodeJS.ProcessEnv; stdout: Out; stderr: Out };

export function makeContext(proc: Process, args: readonly string[], flags: Flags): Context {
  const { env, stdout, stderr } = proc;
  return {
    args,
    flags,
    env,
    abraDir: env.ABRA_DIR || join(env.HOME || '/root', '.abra'),
    docker: makeDocker(env),
    log: makeLog(stderr, flags.debug === true),
    stdout,
  };
}

export function isSet(context: Context, flag: string): boolean {
  return context.flags[flag] !== undefined;
}

/** The value of a flag that takes one. */
export function valueOf(context: Context, flag: string): string | undefined {
  const value = context.flags[flag];
  return value === true ? undefined : value;
}

export function printJson(context: Context, value: unknown): void {
  context.stdout.write(`${JSON.stringify(value)}\n`);
}

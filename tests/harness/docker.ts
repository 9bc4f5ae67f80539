/** The docker client, on the Docker that the app runs on. */
import { execa } from 'execa';
import type { AppContext } from '../../controller/stages/app/app-context.ts';

export interface Answered {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** A command that fails is an answer; one that does not end within its time is an error. */
export type Docker = (args: readonly string[], input?: string | Uint8Array) => Promise<Answered>;

const DOCKER_MS = 60_000;
/** Of a file that is copied out of a container: one with holes has here the size that it says. */
const FILE_BYTES = 256 * 1024 * 1024;
const LIMITED = [`--fsize=${FILE_BYTES}:${FILE_BYTES}`, '--', 'docker'];

export function makeDocker({ dockerHost, env }: Pick<AppContext, 'dockerHost' | 'env'>): Docker {
  return async (args, input) => {
    const result = await execa('prlimit', [...LIMITED, '--host', dockerHost, ...args], {
      env,
      extendEnv: false,
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
      encoding: 'buffer',
      stripFinalNewline: false,
      timeout: DOCKER_MS,
      reject: false,
    });
    if (result.exitCode === undefined) throw new Error(`docker ${args[0]}: ${result.shortMessage}`);
    return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
  };
}

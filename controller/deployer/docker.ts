/** The docker CLI as the deployer calls it. */
import { exec, type ExecOptions, type ExecResult } from './exec.ts';
import { Fatal } from './log.ts';

/** Long enough for a loaded engine, short enough that a hung one is noticed. */
const CALL_TIMEOUT_MS = 60_000;

/** What the docker CLI may see of our environment; nothing of an app's .env ever gets in here. */
const PASSED = /^(?:PATH|HOME|USER|TMPDIR|XDG_RUNTIME_DIR|SSH_AUTH_SOCK|DOCKER_[A-Z_]+)$/;

type CallOptions = Partial<
  Pick<ExecOptions, 'input' | 'inputFile' | 'outputFile' | 'fileBytes' | 'timeoutMs'>
>;

export type Docker = {
  /** Runs `docker …`; a non-zero exit is returned. */
  try(args: readonly string[], options?: CallOptions): Promise<ExecResult>;
  /** Runs `docker …`; a non-zero exit is FATA with docker's own words. Returns stdout. */
  run(args: readonly string[], options?: CallOptions): Promise<string>;
  /** Non-empty output lines. */
  lines(args: readonly string[]): Promise<string[]>;
  readonly env: Record<string, string>;
};

export function childEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  const passed = Object.entries(env).filter(([key, value]) => PASSED.test(key) && value !== undefined);
  return Object.fromEntries(passed) as Record<string, string>;
}

export function makeDocker(processEnv: NodeJS.ProcessEnv): Docker {
  const env = childEnv(processEnv);
  const attempt: Docker['try'] = (args, options = {}) =>
    exec(['docker', ...args], { env, timeoutMs: CALL_TIMEOUT_MS, ...options });
  const run: Docker['run'] = async (args, options) => {
    const result = await attempt(args, options);
    if (result.code !== 0) {
      throw new Fatal(
        `docker ${args.slice(0, 2).join(' ')}: ${result.stderr.trim() || `exit ${result.code}`}`,
      );
    }
    return result.stdout;
  };
  const lines: Docker['lines'] = async (args) =>
    (await run(args)).split('\n').filter((line) => line.trim() !== '');
  return { try: attempt, run, lines, env };
}

export const NAMESPACE_LABEL = 'com.docker.stack.namespace';

export function stackFilter(stack: string): string[] {
  return ['--filter', `label=${NAMESPACE_LABEL}=${stack}`];
}

/** Ids of the services of a stack; empty means that it is not deployed. */
export function listServices(docker: Docker, stack: string): Promise<string[]> {
  return docker.lines(['service', 'ls', '-q', ...stackFilter(stack)]);
}

/** `docker inspect` answers with an array and exits 1 when one of the ids has gone meanwhile. */
export async function inspectAll(
  docker: Docker,
  type: 'service' | 'task',
  ids: readonly string[],
): Promise<unknown[]> {
  if (ids.length === 0) return [];
  const { stdout, stderr } = await docker.try(['inspect', '--type', type, ...ids]);
  try {
    const parsed: unknown = JSON.parse(stdout || '[]');
    return Array.isArray(parsed) ? parsed : [];
  } catch (error) {
    throw new Fatal(`docker inspect did not answer with JSON: ${stderr.trim()}`, { cause: error });
  }
}

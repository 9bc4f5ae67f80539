/** What a program of this machine says. */
import { execa } from 'execa';

interface How {
  readonly env: Readonly<Record<string, string>>;
  readonly limitMs: number;
}

/** Its output; null where it is not installed. Throws with the last line of what it complained of where it fails, or gives no answer in time. */
export async function programAnswer(
  program: string,
  args: readonly string[],
  { env, limitMs }: How,
): Promise<string | null> {
  const result = await execa(program, args, {
    env,
    extendEnv: false,
    stdin: 'ignore',
    timeout: limitMs,
    maxBuffer: 1024 * 1024,
    reject: false,
  });
  if (result.code === 'ENOENT') return null;
  if (result.timedOut) throw new Error(`no answer within ${limitMs / 1000} s`, { cause: result });
  if (!result.failed) return result.stdout;
  const last = result.stderr.trim().split('\n').at(-1) ?? '';
  throw new Error(last || `it ended with ${result.exitCode ?? result.signal ?? 'no code'}`, {
    cause: result,
  });
}

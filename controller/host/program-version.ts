/** Whether a program is installed, and in which version. */
import { execa } from 'execa';

/** First line of `<program> --version`. Throws where it is not there, or gives no answer in time. */
export async function programVersion(
  program: string,
  { env, limitMs }: { readonly env: Readonly<Record<string, string>>; readonly limitMs: number },
): Promise<string> {
  const result = await execa(program, ['--version'], {
    env,
    extendEnv: false,
    stdin: 'ignore',
    timeout: limitMs,
    reject: false,
  });
  if (result.code === 'ENOENT') throw new Error('not found', { cause: result });
  if (result.failed) throw new Error(result.shortMessage?.split('\n')[0] ?? '', { cause: result });
  return result.stdout.trim().split('\n')[0] ?? '';
}

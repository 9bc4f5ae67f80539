/** git in a recipe's checkout, without hooks or helpers. */
import { exec, type ExecResult } from './exec.ts';
import { Fatal } from './log.ts';

const GIT_TIMEOUT_MS = 60_000;

/** Hooks and helpers of a checkout are never run: the recipe is somebody else's code. */
const SAFE = [
  '-c', 'core.hooksPath=/dev/null',
  '-c', 'core.fsmonitor=false',
  '-c', 'protocol.ext.allow=never',
  '-c', 'advice.detachedHead=false',
]; // oxfmt-ignore

export type Git = {
  head(): Promise<string>;
  /** Untracked files count, as they do for abra. */
  isDirty(): Promise<boolean>;
  tags(): Promise<{ name: string; annotated: boolean }[]>;
  /** The commit of a tag or hash, or undefined. */
  resolve(ref: string): Promise<string | undefined>;
  checkout(commit: string): Promise<void>;
  fetchTags(): Promise<void>;
};

export function makeGit(dir: string, env: Record<string, string>): Git {
  const quiet = { ...env, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' };
  const attempt = (args: string[]): Promise<ExecResult> =>
    exec(['git', ...SAFE, '-C', dir, ...args], { env: quiet, timeoutMs: GIT_TIMEOUT_MS });
  const run = async (args: string[]): Promise<string> => {
    const result = await attempt(args);
    if (result.code !== 0) throw new Fatal(`git ${args[0] ?? ''} in ${dir}: ${result.stderr.trim()}`);
    return result.stdout;
  };
  return {
    head: async () => (await run(['rev-parse', '--verify', 'HEAD^{commit}'])).trim(),
    isDirty: async () => (await run(['status', '--porcelain', '--untracked-files=normal'])).trim() !== '',
    tags: async () => {
      const text = await run(['for-each-ref', 'refs/tags', '--format=%(refname:strip=2) %(objecttype)']);
      return text
        .split('\n')
        .filter(Boolean)
        .map((line) => {
          const space = line.lastIndexOf(' ');
          return { name: line.slice(0, space), annotated: line.slice(space + 1) === 'tag' };
        });
    },
    resolve: async (ref) => {
      const tag = await attempt(['rev-parse', '--verify', '--quiet', `refs/tags/${ref}^{commit}`]);
      if (tag.code === 0) return tag.stdout.trim();
      if (!/^[0-9a-f]{7,40}$/.test(ref)) return undefined;
      const hash = await attempt(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
      return hash.code === 0 ? hash.stdout.trim() : undefined;
    },
    checkout: async (commit) => void (await run(['checkout', '--quiet', '--detach', commit])),
    fetchTags: async () => void (await run(['fetch', '--quiet', '--tags', 'origin'])),
  };
}

/** What a person asks of a git repository: the commit that a ref names, and what is not committed. */
import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { codeOf } from '../runtime/errors.ts';
import { git, GitError, resolveRef } from './git.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** git finds programs and ssh its keys through these. */
const PASSED_ON = ['PATH', 'HOME', 'SSH_AUTH_SOCK', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

function environmentOf(env: Environment): Record<string, string> {
  return Object.fromEntries(PASSED_ON.flatMap((key) => (env[key] === undefined ? [] : [[key, env[key]]])));
}

/** A folder below the top of a work tree can be looked at but not fetched from. */
async function requireTop(folder: string, env: Record<string, string>): Promise<void> {
  let prefix: string;
  try {
    prefix = await git(['rev-parse', '--show-prefix'], { cwd: folder, env });
  } catch (error) {
    const why = (await isFolder(folder)) ? 'is not a git repository' : 'is not a folder';
    throw new Error(`${folder} ${why}.`, { cause: error });
  }
  if (prefix !== '') throw new Error(`${folder} lies inside a repository; name its top folder.`);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** In a folder everything that git understands (`HEAD~1`, a short commit); elsewhere what the server lists. */
export async function resolveCommit(repo: string, ref: string, env: Environment): Promise<string> {
  const passed = environmentOf(env);
  if (!isAbsolute(repo)) return resolveRef(repo, ref, passed);
  await requireTop(repo, passed);
  try {
    const words = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
    return await git(words, { cwd: repo, env: passed });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    return resolveRef(repo, ref, passed);
  }
}

export async function countUncommitted(repo: string, env: Environment): Promise<number> {
  const said = await git(['status', '--porcelain'], { cwd: repo, env: environmentOf(env) });
  return said === '' ? 0 : said.split('\n').length;
}

/** Gitea's program: where its files are, whom it runs as, and how it is begun and ended. */
import { createWriteStream, openSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { isAlive, startTimeOf } from '../../controller/runtime/process.ts';
import { waitUntil } from '../sandbox/processes.ts';

/** It refuses to run as root; Debian's nobody and nogroup. */
const NOBODY = 65534;
/** It answers after a few seconds; a machine that builds images beside it is slower. */
const START_MS = 120_000;
/** Time to end by itself, before it is killed. */
const END_MS = 15_000;

/** By hard links where it can be: whom it runs as need not be able to read the cache. */
export async function makePlace(dir: string, built: string): Promise<void> {
  await chmod(dir, 0o755);
  const program = join(dir, 'program');
  const linked = await execa('cp', ['-al', built, program], { reject: false });
  if (linked.failed) {
    await rm(program, { recursive: true, force: true });
    await execa('cp', ['-a', built, program]);
  }
  for (const name of ['.', 'data', 'log', 'custom']) {
    await mkdir(join(dir, name), { recursive: true });
    await own(join(dir, name));
  }
}

const isRoot = (): boolean => process.getuid?.() === 0;

async function own(path: string): Promise<void> {
  if (isRoot()) await chown(path, NOBODY, NOBODY);
}

export async function writeOwn(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  await own(path);
}

/** It ends with this process, however that ends, unless it is to outlive it; nothing of this process's environment reaches it. */
function commandLine(dir: string, argv: readonly string[], outlives = false) {
  const user = ['--reuid', `${NOBODY}`, '--regid', `${NOBODY}`, '--clear-groups'];
  const program = [join(dir, 'program', 'gitea'), '--work-path', dir, '--config', join(dir, 'app.ini')];
  return {
    argv: ['--pdeathsig', outlives ? 'clear' : 'KILL', ...(isRoot() ? user : []), ...program, ...argv],
    options: {
      cwd: dir,
      extendEnv: false,
      env: { PATH: process.env['PATH'], HOME: join(dir, 'data'), TMPDIR: join(dir, 'data') },
      stdin: 'ignore',
    },
  } as const;
}

/** Gitea's command line, beside the running server; what it said. */
export async function command(dir: string, words: readonly string[]): Promise<string> {
  const { argv, options } = commandLine(dir, words);
  const { stdout } = await execa('setpriv', argv, options);
  return stdout;
}

export interface Running {
  end(): Promise<void>;
}

/** Begins to serve, and is back once it answers; where it outlives us, `pid.json` says how it is found. */
export async function launch(dir: string, url: string, outlives = false): Promise<Running> {
  const logFile = join(dir, 'log', 'console.log');
  // A descriptor of its own, because it may outlive us.
  const output = createWriteStream('', { fd: openSync(logFile, 'a') });
  const { argv, options } = commandLine(dir, ['web'], outlives);
  const gitea = execa('setpriv', argv, {
    ...options,
    stdout: output,
    stderr: output,
    reject: false,
    detached: outlives,
    cleanup: !outlives,
  });
  output.destroy();
  if (outlives && gitea.pid !== undefined) {
    const kept = { pid: gitea.pid, startTime: (await startTimeOf(gitea.pid)) ?? '' };
    await writeFile(pidFile(dir), JSON.stringify(kept));
  }
  const end = async (): Promise<void> => {
    gitea.kill('SIGTERM');
    const killing = setTimeout(() => gitea.kill('SIGKILL'), END_MS);
    await gitea;
    clearTimeout(killing);
  };
  let ended = false;
  void gitea.then(() => (ended = true));
  await waitUntil(async () => ended || (await isAnswering(url)), START_MS);
  if (!ended && (await isAnswering(url))) return { end };
  await end();
  const last = (await readFile(logFile, 'utf8')).trim().split('\n').slice(-20).join('\n');
  throw new Error(`Gitea did not begin to answer at ${url}: ${last}`);
}

const pidFile = (dir: string): string => join(dir, 'pid.json');
const Kept = z.object({ pid: z.number().int().positive(), startTime: z.string() });

/** Ends one that outlived who started it. Already ended is success. */
export async function endKept(dir: string): Promise<void> {
  const kept = Kept.parse(JSON.parse(await readFile(pidFile(dir), 'utf8')));
  if (!(await isAlive(kept))) return;
  process.kill(kept.pid, 'SIGTERM');
  if (await waitUntil(async () => !(await isAlive(kept)), END_MS)) return;
  process.kill(kept.pid, 'SIGKILL');
}

async function isAnswering(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/api/healthz`);
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

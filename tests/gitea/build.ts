/** Builds the Gitea of the tests from its Go module, once a machine, and keeps it in the cache. */
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { withLock } from '../sandbox/lock.ts';
import { makeLog } from '../sandbox/log.ts';
import { cacheDir, digest } from '../sandbox/paths.ts';
import { findGo, type Go } from './toolchain.ts';

/**
 * The one place that says which Gitea it is; `sum` is the module's hash as in a go.sum.
 * Newer versions do not build from their module, because they embed a frontend that the module lacks.
 */
const GITEA = {
  module: 'code.gitea.io/gitea',
  version: '1.26.0',
  sum: 'h1:fJP9dqLbzKrKWUVnCVTfVersZdVDuyJQLEDzCAOmKKA=',
  go: '1.26.2',
} as const;
/** What the binary reads at run time, without the source. */
const FOLDERS = ['templates', 'options', 'public'] as const;
const PROGRAM = 'gitea';
/** Another checkout may still use another version that was used so lately. */
const KEEP_MS = 2 * 24 * 3600_000;

const { say, step } = makeLog('gitea');

const Module = z.object({ Dir: z.string(), Sum: z.string() });

/** The folder with `gitea`, `templates`, `options` and `public`, built if it is not there: minutes on two cores. */
export async function ensureGitea(): Promise<string> {
  const go = await findGo({ what: `Gitea ${GITEA.version}`, go: GITEA.go, c: 'SQLite' });
  const built = builtDir(go.version);
  if (!existsSync(built)) {
    await withLock(`Gitea's build in ${built}`, () => buildUnlessThere(built, go), say);
    await prune(built);
  }
  await utimes(built, new Date(), new Date());
  return built;
}

function giteaDir(): string {
  return join(cacheDir(), 'gitea');
}

function builtDir(go: string): string {
  const scripts = ['build.ts', 'toolchain.ts'].map((name) => readFileSync(join(import.meta.dirname, name)));
  const inputs = digest(JSON.stringify([GITEA, go, scripts.map(digest)])).slice(0, 12);
  return join(giteaDir(), `${GITEA.version}-${inputs}`);
}

/** A build that was interrupted is gone on with: what Go has compiled so far lies in its own cache. */
async function buildUnlessThere(built: string, go: Go): Promise<void> {
  if (existsSync(built)) return;
  const work = `${built}.building`;
  await mkdir(work, { recursive: true });
  say(`building Gitea ${GITEA.version} from its Go module: 4 to 12 minutes on two cores`);
  const source = await step('Fetching its source', () => fetchSource(work, go));
  const ready = join(work, 'ready');
  await rm(ready, { recursive: true, force: true });
  await mkdir(ready);
  await step('Compiling it', () => compile({ go, work, source, into: join(ready, PROGRAM) }));
  for (const folder of FOLDERS) await cp(join(source, folder), join(ready, folder), { recursive: true });
  // Whoever runs it is not who built it.
  await execa('chmod', ['-R', 'a+rX', ready]);
  await rename(ready, built);
  // Go's caches: 2.4 GB, of no use to anything else.
  await step('Removing what only the build needed', () => rm(work, { recursive: true, force: true }));
  say(`it is in ${built}`);
}

/** Where modules come from is the machine's own setting; caches of its own, so that nothing is left in anybody's. */
function goSettings(work: string): Record<string, string> {
  return {
    GOCACHE: join(work, 'go-build'),
    GOMODCACHE: join(work, 'go-mod'),
    // Folders of modules are read-only otherwise, and could not be removed.
    GOFLAGS: '-modcacherw',
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
    CGO_ENABLED: '1',
  };
}

async function fetchSource(work: string, go: Go): Promise<string> {
  const wanted = `${GITEA.module}@v${GITEA.version}`;
  const { stdout } = await execa(go.path, ['mod', 'download', '-json', wanted], {
    cwd: work,
    env: goSettings(work),
  });
  const { Dir, Sum } = Module.parse(JSON.parse(stdout));
  if (Sum !== GITEA.sum)
    throw new Error(`${wanted} has the hash ${Sum}, and tests/gitea/build.ts expects ${GITEA.sum}.`);
  const source = join(work, 'source');
  await rm(source, { recursive: true, force: true });
  await cp(Dir, source, { recursive: true });
  return source;
}

interface Compilation {
  readonly go: Go;
  readonly work: string;
  readonly source: string;
  readonly into: string;
}

/** Whatever else runs on the machine goes first. */
async function compile({ go, work, source, into }: Compilation): Promise<void> {
  const tags = ['-tags', 'sqlite,sqlite_unlock_notify'];
  const flags = ['-trimpath', '-ldflags', `-s -w -X main.Version=${GITEA.version}`];
  const build = [go.path, 'build', ...tags, ...flags, '-o', into, '.'];
  // Nobody is to compile on where the lock is already somebody else's.
  const argv = ['--pdeathsig', 'KILL', 'nice', '-n', '19', ...build];
  await execa('setpriv', argv, { cwd: source, env: goSettings(work), stdin: 'ignore' });
}

/** Versions that nobody used for days, and interrupted builds of them. */
async function prune(built: string): Promise<void> {
  for (const name of await readdir(giteaDir())) {
    const dir = join(giteaDir(), name);
    const { mtimeMs } = await stat(dir);
    if (dir !== built && mtimeMs < Date.now() - KEEP_MS) await rm(dir, { recursive: true, force: true });
  }
}

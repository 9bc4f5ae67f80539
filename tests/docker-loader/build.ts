/** Builds the judge, docker's own loader behind lines of JSON, once a machine and content, and keeps it in the cache. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { findGo, type Go } from '../gitea/toolchain.ts';
import { withLock } from '../sandbox/lock.ts';
import { makeLog } from '../sandbox/log.ts';
import { cacheDir, digest } from '../sandbox/paths.ts';

const NAME = 'docker-loader';
/** What the program is made of; go.sum holds the hash of every module. */
const SOURCES = ['main.go', 'go.mod', 'go.sum'] as const;
/** As the loader's own files ask for. */
const GO = '1.26.0';
const FLAGS = ['-trimpath', '-buildvcs=false', '-ldflags', '-s -w'] as const;
/** Another checkout may still use another one that was used so lately. */
const KEEP_MS = 2 * 24 * 3600_000;

const { say, step } = makeLog(NAME);

/** The program, built if it is not there: half a minute on two cores. Throws MissingTools where there is no Go. */
export async function ensureDockerLoader(): Promise<string> {
  const go = await findGo({ what: 'The judge of compose files', go: GO });
  const built = builtFile(go.version);
  if (!existsSync(built)) {
    await withLock(`the build in ${built}`, () => buildUnlessThere(built, go), say);
    await prune(built);
  }
  await utimes(built, new Date(), new Date());
  return built;
}

const folder = (): string => join(cacheDir(), NAME);

function builtFile(go: string): string {
  const inputs = [...SOURCES, 'build.ts'].map((name) =>
    digest(readFileSync(join(import.meta.dirname, name))),
  );
  return join(folder(), digest(JSON.stringify([go, inputs])).slice(0, 12));
}

async function buildUnlessThere(built: string, go: Go): Promise<void> {
  if (existsSync(built)) return;
  const work = `${built}.building`;
  await mkdir(work, { recursive: true });
  const made = join(work, NAME);
  await step('Building docker’s own loader', () => compile(go, work, made));
  await rename(made, built);
  await rm(work, { recursive: true, force: true });
}

/** Where modules come from is the machine's own setting; caches of its own, so that nothing is left in anybody's. */
async function compile(go: Go, work: string, into: string): Promise<void> {
  const env = {
    GOCACHE: join(work, 'go-build'),
    GOMODCACHE: join(work, 'go-mod'),
    // Folders of modules are read-only otherwise, and could not be removed.
    GOFLAGS: '-modcacherw -mod=readonly',
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
    CGO_ENABLED: '0',
  };
  // Nobody is to compile on where the lock is already somebody else's.
  const argv = ['--pdeathsig', 'KILL', go.path, 'build', ...FLAGS, '-o', into, '.'];
  await execa('setpriv', argv, { cwd: import.meta.dirname, env, stdin: 'ignore' });
}

/** Those that nobody used for days, and interrupted builds of them. */
async function prune(built: string): Promise<void> {
  for (const name of await readdir(folder())) {
    const path = join(folder(), name);
    const { mtimeMs } = await stat(path);
    if (path !== built && mtimeMs < Date.now() - KEEP_MS) await rm(path, { recursive: true, force: true });
  }
}

import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { execa } from 'execa';
import { type Group, type ImageSpec, IMAGES } from '../images/manifest.ts';
import { removeCgroups } from './cgroups.ts';
import { type Engine, dockerAt, killEngine, startEngine, stopEngine } from './engine.ts';
import { buildImages, imagesOf, inputsOf, missingImages } from './images.ts';
import { withLock } from './lock.ts';
import { say, step } from './log.ts';
import { cacheDir, digest } from './paths.ts';

/**
 * Built images are kept once for all checkouts, as the data folder of a dockerd that only builds.
 * A store is named by the hash of everything in tests/images; a new one starts from the old one that has most of it.
 */
const KEEP_STORES = 3;
/** Another checkout, with other images, may still work with what it used so lately. */
const KEEP_MS = 2 * 24 * 3600_000;

function storesDir(): string {
  return join(cacheDir(), 'images');
}

function storeDir(): string {
  return join(storesDir(), digest(JSON.stringify(IMAGES.map(inputsOf))).slice(0, 12));
}

/** The socket's path has to be short, and a test may set CCCI_CACHE to anything. */
function builderOf(store: string): Engine {
  return {
    dir: store,
    socket: join(store, 'docker.sock'),
    cgroup: `ccci-build-${digest(store).slice(0, 6)}`,
  };
}

/** Fills an empty data folder of a dockerd with the images of the groups, building what was never built. */
export async function cloneImages(groups: readonly Group[], data: string): Promise<void> {
  await withLock(`the image store ${storesDir()}`, async () => {
    const store = await ensureBuilt(groups);
    await copyStore(join(store, 'data'), data);
  });
}

/** Brings what a running Docker lacks from the store into it. */
export async function loadImages(groups: readonly Group[], dockerHost: string): Promise<void> {
  const missing = await missingImages(dockerAt(dockerHost), imagesOf(groups));
  if (missing.length === 0) return;
  const names = missing.map((spec) => spec.name);
  await withLock(`the image store ${storesDir()}`, async () => {
    const store = await ensureBuilt(groups);
    await withBuilder(store, () =>
      step(`Loading ${names.join(' ')}`, async () => {
        const from = `unix://${builderOf(store).socket}`;
        await execa('docker', ['-H', from, 'save', ...names], { buffer: false }).pipe('docker', [
          '-H',
          dockerHost,
          'load',
        ]);
      }),
    );
  });
}

async function ensureBuilt(groups: readonly Group[]): Promise<string> {
  const store = storeDir();
  const specs = imagesOf(groups);
  const built = await readBuilt(store);
  if (!specs.every((spec) => built.includes(inputsOf(spec)))) await build(store, specs);
  await utimes(store, new Date(), new Date());
  return store;
}

async function build(store: string, specs: readonly ImageSpec[]): Promise<void> {
  await step(`Building the images of the tests in ${store}`, async () => {
    if (!existsSync(join(store, 'data'))) await seed(store, specs);
    await withBuilder(store, async (docker) => {
      await buildImages(docker, specs);
      // Stages that only files were copied from would be linked into every sandbox.
      await docker.pruneImages({ filters: { dangling: { true: true } } });
    });
    const all = new Set([...(await readBuilt(store)), ...specs.map(inputsOf)]);
    await writeFile(join(store, 'built.json'), JSON.stringify([...all]));
    await prune();
  });
}

async function readBuilt(store: string): Promise<string[]> {
  const text = await readFile(join(store, 'built.json'), 'utf8').catch(() => '[]');
  return JSON.parse(text) as string[];
}

/** From the old store that has the most of what is wanted, the newest of equals: checkouts that differ keep their images. */
async function seed(store: string, specs: readonly ImageSpec[]): Promise<void> {
  await mkdir(store, { recursive: true });
  const wanted = specs.map(inputsOf);
  const others = (await listStores()).filter(({ dir }) => dir !== store);
  const counted = others.map(async ({ dir }) => {
    const built = await readBuilt(dir);
    return { dir, has: wanted.filter((each) => built.includes(each)).length };
  });
  const [best] = (await Promise.all(counted)).sort((a, b) => b.has - a.has);
  if (best) await copyStore(join(best.dir, 'data'), join(store, 'data'));
}

interface Store {
  readonly dir: string;
  /** When it was last used. */
  readonly time: number;
}

/** Newest first. */
async function listStores(): Promise<Store[]> {
  const names = await readdir(storesDir()).catch(() => []);
  const stores = names
    .map((name) => join(storesDir(), name))
    .filter((dir) => existsSync(join(dir, 'built.json')));
  const dated = await Promise.all(stores.map(async (dir) => ({ dir, time: (await stat(dir)).mtimeMs })));
  return dated.sort((a, b) => b.time - a.time);
}

async function prune(): Promise<void> {
  const since = Date.now() - KEEP_MS;
  for (const { dir, time } of (await listStores()).slice(KEEP_STORES))
    if (time < since) await rm(dir, { recursive: true, force: true });
}

/** Builds happen in the host's network, because that is where the package registries are reached. */
async function withBuilder(store: string, work: (docker: Docker) => Promise<void>): Promise<void> {
  const engine = builderOf(store);
  await killEngine(engine);
  await startEngine(engine, {
    settings: { bridge: 'none', iptables: false, 'ip-forward': false, 'ip-masq': false },
    resolvConf: await readFile('/etc/resolv.conf', 'utf8'),
    env: process.env,
  });
  try {
    await work(dockerAt(`unix://${engine.socket}`));
  } finally {
    await stopEngine(engine);
    await removeCgroups(engine.cgroup);
  }
}

/**
 * Layers are never written in place, so hard links of them are safe; the small rest is copied.
 * Containers' own layers are no part of an image store.
 */
async function copyStore(from: string, to: string): Promise<void> {
  const scratch = `${to}.new`;
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  const linked = await execa('cp', ['-al', join(from, 'overlay2'), scratch], { reject: false });
  if (linked.failed) {
    say('the image cache is on another file system than the sandbox: copying instead of linking');
    await rm(join(scratch, 'overlay2'), { recursive: true, force: true });
    await execa('cp', ['-a', join(from, 'overlay2'), scratch]);
  }
  await execa('cp', ['-a', join(from, 'image'), scratch]);
  await rm(join(scratch, 'image/overlay2/layerdb/mounts'), { recursive: true, force: true });
  await rename(scratch, to);
}

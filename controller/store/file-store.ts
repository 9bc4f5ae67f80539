/** The store: YAML specs that people write, JSON statuses that the controller alone writes. */
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { API_VERSION, NAME_PATTERN } from '../api/primitives.ts';
import type { TestRunStatus } from '../api/test-run-status.ts';
import type { RunDocuments, Store } from '../ports.ts';
import { Conflict } from '../runtime/errors.ts';
import { ensureUnlinked, removeAsides, writeAtomic } from './atomic.ts';
import type { Layout } from './layout.ts';
import { type Feed, makeFeed } from './feed.ts';
import { digestOf } from './parse-document.ts';
import { openReserve, type Reserve } from './reserve.ts';
import { documentNames, readRecipe, readSpecSurely, specNames } from './spec-files.ts';
import { makeShare, type Share } from './share.ts';
import { requireWhole } from './state-dir.ts';
import { requireKnownVersion, statusIn } from './status-files.ts';

/** Counts and follows every write, so that a test can stop the process after any one of them. */
export type AfterWrite = (what: string) => void;

export interface FileStore extends Store {
  /** Names of all specs. */
  specNames(): Promise<string[]>;
  /** Names of all runs in memory. */
  seenNames(): string[];
  /** A run as it was when it was last read or written, without touching the disk; null where its spec was not read yet. */
  seen(name: string): RunDocuments | null;
  /** Tells of every status that is written and of every spec that is read otherwise than before. */
  readonly feed: Feed;
  /** Statuses that could not be read at start: where each was put aside, and why. Their runs are seen anew. */
  readonly damaged: readonly string[];
}

export async function openStore(
  layout: Layout,
  options: { recipesDir: string; afterWrite?: AfterWrite; write?: typeof writeAtomic },
): Promise<FileStore> {
  await requireWhole(layout);
  for (const folder of [layout.testruns, layout.statuses, layout.runs, layout.signals])
    await mkdir(folder, { recursive: true });
  const cache = new Map<string, TestRunStatus>();
  const damaged = await loadStatuses(layout, cache);
  await sweep(layout, cache);
  const { afterWrite = (): void => undefined, write = writeAtomic } = options;
  const reserve = await openReserve(layout.reserveFile);
  const feed = makeFeed();
  const specs = makeSpecs(layout, feed.publish);
  /** Runs whose status in memory may not be on disk, because a write failed. */
  const unwritten = new Set<string>();

  return {
    damaged,
    specNames: () => specNames(layout),
    statuses: () => [...cache.values()],
    status: (name) => cache.get(name) ?? null,
    feed,
    seenNames: () => [...new Set([...cache.keys(), ...specs.names()])],
    seen: (name) => {
      const spec = specs.get(name);
      return spec === undefined ? null : { name, spec, status: cache.get(name) ?? null };
    },
    get: async (name): Promise<RunDocuments> => ({
      name,
      spec: await specs.read(name),
      status: cache.get(name) ?? null,
    }),
    // What is no name might lead out of the folder.
    recipe: async (name) =>
      NAME_PATTERN.test(name) ? ((await readRecipe(options.recipesDir, name))?.parsed ?? null) : null,
    putStatus: async (name, status, resourceVersion) => {
      const old = cache.get(name);
      if ((old?.metadata.resourceVersion ?? 0) !== resourceVersion)
        throw new Conflict(`The status of "${name}" changed meanwhile.`);
      const isSame = old !== undefined && JSON.stringify(old.status) === JSON.stringify(status);
      if (isSame && !unwritten.has(name)) return;
      const next: TestRunStatus = {
        apiVersion: API_VERSION,
        kind: 'TestRunStatus',
        metadata: { name, resourceVersion: resourceVersion + 1 },
        status,
      };
      // In memory before the first await: admission of another run must see it at once.
      cache.set(name, next);
      unwritten.add(name);
      feed.publish(name);
      await writeOrKeep(() => write(layout.statusFile(name), `${JSON.stringify(next, null, 1)}\n`), {
        reserve,
        next,
      });
      if (unwritten.delete(name)) await reserve.drop(name);
      afterWrite(`status ${name} ${status.phase}`);
    },
    forget: async (name, uid) => {
      for (const folder of [...layout.passingDirs(uid), layout.runDir(uid)])
        await rm(folder, { recursive: true, force: true });
      afterWrite(`forget ${name} files`);
      for (const file of [layout.reportFile(name), layout.buildFile(name), layout.signalFile(name)])
        await ensureUnlinked(file);
      await ensureUnlinked(layout.statusFile(name));
      if (unwritten.delete(name)) await reserve.drop(name);
      cache.delete(name);
      specs.forget(name);
      feed.publish(name);
      afterWrite(`forget ${name}`);
    },
  };
}

/** What cannot be written is kept for whoever looks, and the error is thrown all the same. */
async function writeOrKeep(
  write: () => Promise<void>,
  { reserve, next }: { reserve: Reserve; next: TestRunStatus },
): Promise<void> {
  try {
    await write();
  } catch (error) {
    // That it could not be kept either is no news beside the error itself.
    await reserve.keep(next).catch(() => undefined);
    throw error;
  }
}

type SpecSeen = RunDocuments['spec'];

interface Specs {
  /** Names of those that are there. */
  names(): string[];
  /** Null where the file is gone, undefined where it was never read. */
  get(name: string): SpecSeen | undefined;
  read(name: string): Promise<SpecSeen>;
  forget(name: string): void;
}

/** Remembers what was read last. */
function makeSpecs(layout: Layout, onChange: (name: string) => void): Specs {
  const known = new Map<string, { readonly turn: number; readonly spec: SpecSeen }>();
  let turns = 0;
  return {
    names: () => [...known].flatMap(([name, { spec }]) => (spec === null ? [] : [name])),
    get: (name) => known.get(name)?.spec,
    read: async (name) => {
      const turn = ++turns;
      const spec = await readSpecSurely(layout, name);
      const before = known.get(name);
      // Two reads may overtake one another: the one that began later knows better.
      if (before === undefined ? spec === null : before.turn > turn) return spec;
      known.set(name, { turn, spec });
      if (before?.spec?.parsed.digest !== spec?.parsed.digest) onChange(name);
      return spec;
    },
    forget: (name) => known.delete(name),
  };
}

/** A controller that was killed in the middle of a write left its half; who opens the store holds the lock, so that nobody else is writing. */
async function sweepAsides(layout: Layout, statuses: readonly TestRunStatus[]): Promise<void> {
  await removeAsides(layout.statuses);
  const begun = await readdir(layout.runs);
  for (const { status } of statuses)
    if (status.finishedAt === null && begun.includes(status.uid))
      await removeAsides(layout.runDir(status.uid));
}

/** What is of no use to anybody any more. */
async function sweep(layout: Layout, cache: ReadonlyMap<string, TestRunStatus>): Promise<void> {
  await sweepAsides(layout, [...cache.values()]);
  await sweepSignals(layout, cache);
}

/** What runs left that are gone: each would be watched for ever. A file of another name is nobody's signal. */
async function sweepSignals(layout: Layout, known: ReadonlyMap<string, unknown>): Promise<void> {
  for (const name of await readdir(layout.signals))
    if (NAME_PATTERN.test(name) && !known.has(name)) await ensureUnlinked(layout.signalFile(name));
}

async function loadStatuses(layout: Layout, cache: Map<string, TestRunStatus>): Promise<string[]> {
  const damaged: string[] = [];
  const share = makeShare();
  for (const name of await documentNames(layout.statuses, '.json'))
    await loadStatus(layout.statusFile(name), { name, cache, damaged, share });
  return damaged;
}

async function loadStatus(
  file: string,
  into: { name: string; cache: Map<string, TestRunStatus>; damaged: string[]; share: Share },
): Promise<void> {
  // Nothing else happens before the store is open, and ten thousand promises cost more than the reading.
  const text = readFileSync(file, 'utf8');
  requireKnownVersion(text, file);
  const { status, problem } = statusIn(text, into.name);
  if (status !== null) {
    into.cache.set(into.name, into.share(status));
    return;
  }
  // Aside, or the run's new status would be written over what a person may still want to read.
  const aside = `${file}.damaged-${digestOf(text).slice(0, 12)}`;
  await rename(file, aside);
  into.damaged.push(`${aside}: ${problem.slice(0, 300)}`);
}

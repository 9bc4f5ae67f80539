/** The real store on a real disk, which a test can fill; steps that never start, and a swarm that is empty. */
import { mkdtemp, readFile, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { API_VERSION } from '../api/primitives.ts';
import { type Condition, TestRunStatus } from '../api/test-run-status.ts';
import type { Records } from '../ports.ts';
import type { Reconciler } from '../runtime/controllers.ts';
import type { Log } from '../runtime/log.ts';
import { makeServers } from '../runtime/servers.ts';
import { writeAtomic } from '../store/atomic.ts';
import { type FileStore, openStore } from '../store/file-store.ts';
import { type Layout, makeLayout } from '../store/layout.ts';
import { makeRecords } from '../store/records.ts';
import { statusReader } from '../store/status-files.ts';
import { sayingFailures } from './failure.ts';
import { makeTestRunReconciler } from './testrun.ts';

/** Before any file of the tests was born, so that they all count as made now, and names alone decide who is first. */
const NOW = new Date('2020-01-01T12:00:00.000Z');
const clock = { now: () => NOW };

let dir: string;
let layout: Layout;
let store: FileStore;
let reconcile: Reconciler;
/** What cannot be written while the disk is full. */
let full: Set<'status' | 'events'>;
let warned: string[];
let woken: string[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-failure-'));
  layout = makeLayout(join(dir, 'state'));
  full = new Set();
  warned = [];
  woken = [];
  const refuse = (what: 'status' | 'events'): void => {
    if (full.has(what))
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  store = await openStore(layout, {
    recipesDir: dir,
    write: async (file, text) => {
      refuse('status');
      await writeAtomic(file, text);
    },
  });
  const real = makeRecords(layout, clock);
  const records: Records = {
    ...real,
    event: async (uid, event) => {
      refuse('events');
      await real.event(uid, event);
    },
  };
  const quiet = (): void => undefined;
  const log: Log = {
    debug: quiet,
    info: quiet,
    warn: (_fields, message) => void warned.push(message),
    error: quiet,
  };
  const deps = {
    store,
    records,
    clock,
    log,
    servers: makeServers([
      {
        name: 'default',
        swarm: { observe: async (stack: string) => ({ stack, services: [], things: [] }) },
        zone: 'ci.test',
        dockerHost: '',
        abraServer: 'default',
      },
    ]),
    stages: {
      inspect: async () => [],
      start: async () => undefined,
      stop: async () => undefined,
      leftovers: async () => [],
      owners: async () => [],
      ensureLocalAbsent: async () => undefined,
    },
    key: '0'.repeat(64),
    maxTests: 1,
    newUid: () => `u${store.statuses().length + 1}`,
    wake: (name: string) => void woken.push(name),
  };
  reconcile = sayingFailures(deps, makeTestRunReconciler(deps));
  await writeFile(
    join(dir, 'web.yaml'),
    document('RecipeSpec', 'web', { category: 'simple', source: { repo: '/x' } }),
  );
  await ask('one');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function document(kind: string, name: string, spec: object): string {
  return stringify({ apiVersion: API_VERSION, kind, metadata: { name }, spec });
}

const ask = (name: string, spec: object = {}): Promise<void> =>
  writeFile(layout.specFile(name), document('TestRun', name, { recipe: 'web', ...spec }));

const failureIn = (conditions: readonly Condition[] | undefined): Condition | undefined =>
  conditions?.find((each) => each.type === 'ReconcileFailed');
const inMemory = (name: string): Condition | undefined => failureIn(store.status(name)?.status.conditions);
async function onDisk(name: string): Promise<Condition | undefined> {
  const text = await readFile(layout.statusFile(name), 'utf8');
  return failureIn(TestRunStatus.parse(JSON.parse(text)).status.conditions);
}

/** As `describe` reads it, in another process. */
async function forReaders(name: string): Promise<Condition | undefined> {
  const status = await statusReader(layout)(name);
  return status === null || status === 'unreadable' ? undefined : failureIn(status.status.conditions);
}

it('on a full disk is known in memory at once, said once, and gone when there is space again', async () => {
  await reconcile('one');
  full.add('status');
  for (let tries = 0; tries < 3; tries++) await expect(reconcile('one')).rejects.toThrow('ENOSPC');
  expect(inMemory('one')).toMatchObject({
    status: 'True',
    reason: 'DiskFull',
    message: expect.stringContaining('Free space on the disk'),
  });
  expect(await onDisk('one')).toBeUndefined();
  expect(await forReaders('one')).toEqual(inMemory('one'));
  expect(warned).toEqual(['the failure is not in the status file, only in memory and in the reserve']);
  full.clear();
  await reconcile('one');
  expect([inMemory('one'), await onDisk('one'), await forReaders('one')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

it('is on disk where only something else could not be written', async () => {
  await reconcile('one');
  await reconcile('one');
  full.add('events');
  await expect(reconcile('one')).rejects.toThrow('ENOSPC');
  expect(await onDisk('one')).toMatchObject({ reason: 'DiskFull', lastTransitionTime: NOW.toISOString() });
});

it('of a run that was never seen before has a status to stand in, and goes with the document', async () => {
  await symlink(layout.specFile('loop'), layout.specFile('loop'));
  await expect(reconcile('loop')).rejects.toThrow('ELOOP');
  expect(await onDisk('loop')).toMatchObject({ reason: 'ReconcileError' });
  await unlink(layout.specFile('loop'));
  await reconcile('loop');
  expect(store.status('loop')).toBeNull();
});

it('wakes those that waited behind it, which have their turn though it is older', async () => {
  await reconcile('one');
  await ask('two');
  await reconcile('two');
  await reconcile('two');
  expect(store.status('two')?.status.queue?.position).toBe(2);
  woken = [];
  await unlink(layout.specFile('one'));
  await symlink(layout.specFile('one'), layout.specFile('one'));
  await expect(reconcile('one')).rejects.toThrow('ELOOP');
  expect(woken).toContain('two');
  await reconcile('two');
  expect(store.status('two')?.status.begunAt).not.toBeNull();
});

it('wakes those that waited behind a run that turns out to be a reference run', async () => {
  await ask('main', { trigger: { kind: 'reference' } });
  await reconcile('main');
  await reconcile('one');
  await reconcile('one');
  // Nobody knows yet that the other may not go first.
  expect(store.status('one')?.status.queue?.position).toBe(2);
  woken = [];
  await reconcile('main');
  expect(store.status('main')?.status.queue?.position).toBe(2);
  expect(woken).toContain('one');
  await reconcile('one');
  expect(store.status('one')?.status.begunAt).not.toBeNull();
});

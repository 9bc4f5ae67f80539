import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { StandInDrone } from '../../../tests/stand-ins/drone.ts';
import { json } from '../../../tests/stand-ins/drone-routes.ts';
import { REPOSITORY, TOKEN } from '../../../tests/stand-ins/drone-shapes.ts';
import type { BuildStatusBody } from '../../api/build-status.ts';
import { API_VERSION } from '../../api/primitives.ts';
import { RecipeSpecBody } from '../../api/recipe-spec.ts';
import { TestRun } from '../../api/test-run.ts';
import type { TestRunStatusBody } from '../../api/test-run-status.ts';
import { fileWishes } from '../../client/wishes.ts';
import { makeDrone } from '../../drone/client.ts';
import { firstStatus } from '../../domain/run/first-status.ts';
import { makeControllers } from '../../runtime/controllers.ts';
import { silentLog } from '../../runtime/log.ts';
import { type FileStore, openStore } from '../../store/file-store.ts';
import { type Layout, makeLayout } from '../../store/layout.ts';
import { buildsOf } from '../../store/status-folders.ts';
import { readFiles } from '../../views/read-files.ts';
import { buildsController } from './controller.ts';
import { type BuildsDeps, makeBuildReconciler } from './reconcile.ts';

const SHA = 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334';
const SHOWS = `
kind: pipeline
type: exec
name: show
trigger: { event: [custom] }
steps: [{ name: one, commands: ['exec sleep 1000'] }]
`;
const RECIPE = RecipeSpecBody.parse({
  category: 'simple',
  source: { repo: 'https://git.example.org/x.git' },
});

let dir: string;
let layout: Layout;
let store: FileStore;
let drone: StandInDrone;
let now: Date;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-builds-'));
  layout = makeLayout(join(dir, 'state'));
  store = await openStore(layout, { recipesDir: dir });
  now = new Date();
});
afterEach(async () => {
  await drone.close();
  await rm(dir, { recursive: true });
});

const serve = async (pipeline: string | null = SHOWS, capacity = 0): Promise<void> => {
  drone = await StandInDrone.start({ pipeline, capacity, missingFileMs: 0 });
};

function depsOf(): BuildsDeps {
  return {
    drone: makeDrone({ url: drone.url, repository: REPOSITORY, branch: 'main', token: { value: TOKEN } }),
    statuses: buildsOf(layout),
    store,
    wishes: fileWishes({ layout, reading: readFiles({ layout, recipesDir: dir }), newId: () => 'id' }),
    clock: { now: () => now },
    log: silentLog,
  };
}

function documentOf(name: string, kind: string): TestRun {
  const source = { repo: 'https://git.example.org/ada/ghost.git', ref: SHA, pr: 12 };
  const spec = { recipe: 'ghost', source, trigger: { kind } };
  return TestRun.parse({ apiVersion: API_VERSION, kind: 'TestRun', metadata: { name }, spec });
}

/** As the controller of runs leaves it. */
async function put(name: string, over: Partial<TestRunStatusBody> = {}, kind = 'comment'): Promise<void> {
  const document = documentOf(name, kind);
  const old = store.status(name);
  if (old === null) await writeFile(layout.specFile(name), stringify(document));
  const createdAt = now.toISOString();
  const accepted = { run: document.spec, recipe: RECIPE, repo: RECIPE.source.repo, createdAt };
  const status = old?.status ?? { ...firstStatus({ uid: `u-${name}`, createdAt: now, now }), accepted };
  await store.putStatus(name, { ...status, ...over }, old?.metadata.resourceVersion ?? 0);
}

const finish = (name: string): Promise<void> =>
  put(name, { phase: 'Finished', verdict: 'Passed', finishedAt: now.toISOString() });
const said = async (name: string): Promise<BuildStatusBody | undefined> =>
  (await buildsOf(layout).get(name))?.status;
const conditionsOf = async (name: string): Promise<string[]> =>
  ((await said(name))?.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
const cancelOf = async (name: string): Promise<unknown> =>
  /cancel: .*/.exec(await readFile(layout.specFile(name), 'utf8'))?.[0] ?? null;
const statusesInDrone = (): string[] => drone.builds.map(({ status }) => status);

describe('a run that a comment asked for', () => {
  it('is shown by one build, however often one looks', async () => {
    await serve();
    await put('one');
    const reconcile = makeBuildReconciler(depsOf());
    expect(await reconcile('one')).toEqual({ requeueAfterMs: 5_000 });
    await reconcile('one');
    expect(drone.builds.map(({ params }) => params)).toEqual([
      { RECIPE: 'ghost', REF: SHA, PR: '12', SRC: 'https://git.example.org/ada/ghost.git', RUN: 'one' },
    ]);
    expect(await said('one')).toMatchObject({
      uid: 'u-one',
      number: 1,
      status: 'pending',
      link: `${drone.url}/coop-cloud/ci/1`,
    });
    expect(await conditionsOf('one')).toEqual(['BuildCreated=True Created', 'BuildFollows=True Seen']);
  });

  it('has one build though the answer was lost, also where many others were made since', async () => {
    await serve();
    await put('one');
    drone.faults.push(json(200, []), 'lost');
    const reconcile = makeBuildReconciler(depsOf());
    await expect(reconcile('one')).rejects.toThrow('did not answer POST');
    expect(await conditionsOf('one')).toEqual(['BuildCreated=False Retrying']);
    for (let other = 0; other < 30; other++) drone.create(new URLSearchParams({ RUN: 'other' }));
    await makeBuildReconciler(depsOf())('one');
    expect(drone.builds.filter(({ params }) => params?.['RUN'] === 'one')).toHaveLength(1);
    expect(await said('one')).toMatchObject({ number: 1 });
    expect(await conditionsOf('one')).toEqual(['BuildCreated=True Created', 'BuildFollows=True Seen']);
  });

  it('has a build of its own where an earlier run had its name', async () => {
    await serve();
    await put('one');
    await makeBuildReconciler(depsOf())('one');
    await put('one', { uid: 'u-second', createdAt: new Date(now.getTime() + 120_000).toISOString() });
    await makeBuildReconciler(depsOf())('one');
    expect(drone.builds).toHaveLength(2);
    expect(await said('one')).toMatchObject({ uid: 'u-second', number: 2 });
  });
});

it.each([
  { because: 'nobody commented', kind: 'cli', over: {} },
  { because: 'it is a reference for others', kind: 'reference', over: {} },
  { because: 'it was not accepted', kind: 'comment', over: { accepted: null } },
  { because: 'it is over', kind: 'comment', over: { finishedAt: '2026-11-30T12:00:00.000Z' } },
])('makes no build for a run where $because', async ({ kind, over }) => {
  await serve();
  await put('one', over, kind);
  expect(await makeBuildReconciler(depsOf())('one')).toEqual({ requeueAfterMs: null });
  expect(await makeBuildReconciler(depsOf())('nobody')).toEqual({ requeueAfterMs: null });
  expect({ builds: drone.builds, said: await said('one') }).toEqual({ builds: [], said: undefined });
});

describe('a build that ends before its run', () => {
  it('takes the run with it where somebody cancelled it, or its time was up', async () => {
    await serve(SHOWS, 1);
    await put('one');
    const reconcile = makeBuildReconciler(depsOf());
    await reconcile('one');
    await expect.poll(statusesInDrone).toEqual(['running']);
    drone.cancel(drone.builds[0]!);
    await reconcile('one');
    await reconcile('one');
    expect(await cancelOf('one')).toBe(
      'cancel: { by: person, who: Drone, why: "its build #1 was cancelled or ran out of time" }',
    );
    expect(await said('one')).toMatchObject({ status: 'killed' });
  });

  it.each([
    {
      because: 'a step that is not found',
      pipeline: SHOWS.replace('exec sleep 1000', 'no-such-program'),
      status: 'failure',
    },
    {
      because: 'a step that says 78',
      pipeline: SHOWS.replace('exec sleep 1000', 'exit 78'),
      status: 'success',
    },
    {
      because: 'a runner that refuses',
      pipeline: SHOWS.replace('name: one', 'name: one, image: x'),
      status: 'error',
    },
    { because: 'a file that is no YAML', pipeline: 'kind: [', status: 'error' },
  ])('says so and lets the run go on: $because', async ({ pipeline, status }) => {
    await serve(pipeline, 1);
    await put('one');
    const reconcile = makeBuildReconciler(depsOf());
    await reconcile('one');
    await expect.poll(statusesInDrone).toEqual([status]);
    await reconcile('one');
    expect(await conditionsOf('one')).toEqual([
      'BuildCreated=True Created',
      'BuildFollows=False BuildEndedEarly',
    ]);
    expect(await cancelOf('one')).toBe('cancel: false');
  });

  it('and is removed there is not made again', async () => {
    await serve();
    await put('one');
    const reconcile = makeBuildReconciler(depsOf());
    await reconcile('one');
    drone.builds.length = 0;
    await reconcile('one');
    expect(await conditionsOf('one')).toEqual(['BuildCreated=True Created', 'BuildFollows=False BuildGone']);
    expect({ builds: drone.builds, cancel: await cancelOf('one') }).toEqual({
      builds: [],
      cancel: 'cancel: false',
    });
  });
});

describe('a run that is over', () => {
  it('has its build cancelled where that still waits', async () => {
    await serve();
    await put('one');
    const reconcile = makeBuildReconciler(depsOf());
    await reconcile('one');
    await finish('one');
    await reconcile('one');
    expect(statusesInDrone()).toEqual(['killed']);
    expect(await reconcile('one')).toEqual({ requeueAfterMs: null });
    expect(await conditionsOf('one')).toEqual(['BuildCreated=True Created', 'BuildFollows=True Seen']);
    expect(await cancelOf('one')).toBe('cancel: false');
  });

  it('and forgotten, because its document was taken away, has its build cancelled where that waits', async () => {
    await serve();
    await put('one');
    const reconcile = makeBuildReconciler(depsOf());
    await reconcile('one');
    expect(statusesInDrone()).toEqual(['pending']);
    await rm(layout.specFile('one'));
    await store.forget('one', store.status('one')?.status.uid ?? '');
    expect(await reconcile('one')).toEqual({ requeueAfterMs: null });
    expect(statusesInDrone()).toEqual(['killed']);
  });

  it('lets its build end by itself, and cancels what no runner ends', async () => {
    await serve(SHOWS, 1);
    await put('one');
    const reconcile = makeBuildReconciler(depsOf());
    await reconcile('one');
    await expect.poll(statusesInDrone).toEqual(['running']);
    drone.crashRunner();
    await finish('one');
    expect(await reconcile('one')).toEqual({ requeueAfterMs: 5_000 });
    expect(statusesInDrone()).toEqual(['running']);
    now = new Date(now.getTime() + 5 * 60_000);
    await reconcile('one');
    expect(statusesInDrone()).toEqual(['killed']);
  });
});

it('does not take a run that ended while Drone was asked for one that goes on', async () => {
  await serve(SHOWS.replace('exec sleep 1000', 'exit 3'), 1);
  await put('one');
  const deps = depsOf();
  await makeBuildReconciler(deps)('one');
  await expect.poll(statusesInDrone).toEqual(['failure']);
  const get: BuildsDeps['drone']['get'] = async (number) => {
    await finish('one');
    return deps.drone.get(number);
  };
  await makeBuildReconciler({ ...deps, drone: { ...deps.drone, get } })('one');
  expect(await conditionsOf('one')).toEqual(['BuildCreated=True Created', 'BuildFollows=True Seen']);
});

it.each([
  {
    because: 'the token is refused',
    fault: json(401, { message: 'Unauthorized' }),
    want: 'DroneUnauthorized',
  },
  { because: 'patience is asked for', fault: json(429, {}), want: 'Waiting' },
])('leaves Drone alone for a while where $because, whatever the run does', async ({ fault, want }) => {
  await serve();
  await put('one');
  drone.faults.push(fault);
  const reconcile = makeBuildReconciler(depsOf());
  await expect(reconcile('one')).rejects.toThrow(/Drone/);
  expect(await conditionsOf('one')).toEqual([`BuildCreated=False ${want}`]);
  expect(await reconcile('one')).toEqual({ requeueAfterMs: 60_000 });
  expect(drone.requests).toHaveLength(1);
  now = new Date(now.getTime() + 60_000);
  await reconcile('one');
  expect(await conditionsOf('one')).toEqual(['BuildCreated=True Created', 'BuildFollows=True Seen']);
});

it('says what it cannot see, and keeps the number', async () => {
  await serve();
  await put('one');
  const reconcile = makeBuildReconciler(depsOf());
  await reconcile('one');
  drone.faults.push({ status: 502, headers: {}, body: '' });
  await expect(reconcile('one')).rejects.toThrow('502');
  expect(await said('one')).toMatchObject({ number: 1, status: 'pending' });
  expect(await conditionsOf('one')).toEqual(['BuildCreated=True Created', 'BuildFollows=False Retrying']);
});

it('leaves no document of a run that goes meanwhile', async () => {
  await serve();
  await put('one');
  const deps = depsOf();
  const create: BuildsDeps['drone']['create'] = async (params) => {
    const build = await deps.drone.create(params);
    await store.forget('one', 'u-one');
    return build;
  };
  await makeBuildReconciler({ ...deps, drone: { ...deps.drone, create } })('one');
  expect(await said('one')).toBeUndefined();
});

it('is told by the feed, begins with what is open, and ends with the signal', async () => {
  await serve();
  await put('before');
  const stop = new AbortController();
  const controllers = makeControllers({ log: silentLog });
  controllers.addController(buildsController(depsOf()));
  const ended = await controllers.start(stop.signal);
  await expect.poll(() => drone.builds.map(({ params }) => params?.['RUN'])).toEqual(['before']);
  await put('after');
  await put('not-ours', {}, 'cli');
  await expect.poll(() => drone.builds.map(({ params }) => params?.['RUN'])).toEqual(['before', 'after']);
  stop.abort();
  await ended();
});

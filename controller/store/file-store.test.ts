import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { API_VERSION } from '../api/primitives.ts';
import { RecipeSpecBody } from '../api/recipe-spec.ts';
import { TestRunBody } from '../api/test-run.ts';
import { firstStatus } from '../domain/run/first-status.ts';
import { Conflict, Waiting } from '../runtime/errors.ts';
import { type FileStore, openStore } from './file-store.ts';
import { type Layout, makeLayout } from './layout.ts';

let dir: string;
let layout: Layout;
let store: FileStore;
let writes: string[];
const reopen = async (): Promise<FileStore> =>
  (store = await openStore(layout, {
    recipesDir: join(dir, 'recipes'),
    afterWrite: (what) => writes.push(what),
  }));

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-store-'));
  layout = makeLayout(join(dir, 'state'));
  await mkdir(join(dir, 'recipes'));
  writes = [];
  await reopen();
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const at = new Date('2026-01-02T03:04:05.000Z');
const first = { ...firstStatus({ uid: 'u1', createdAt: at, now: at }) };
const onDisk = async (): Promise<unknown> => JSON.parse(await readFile(layout.statusFile('one'), 'utf8'));

const statusText = (change: object, name = 'one'): string =>
  JSON.stringify({
    apiVersion: API_VERSION,
    kind: 'TestRunStatus',
    metadata: { name, resourceVersion: 1 },
    status: { ...first, ...change },
  });

const SPEC =
  'apiVersion: ccci.coopcloud.tech/v1\nkind: TestRun\nmetadata: { name: one }\nspec: { recipe: web }\n';

describe('openStore', () => {
  it('removes what a writer that was killed left half, of statuses and of runs that are not over, and nothing else', async () => {
    await store.putStatus('one', first, 0);
    const half = '.0f8fad5b-d9cb-469f-a165-70867728950e.tmp';
    const theirs = join(layout.statuses, '.mine.tmp');
    await mkdir(layout.runDir('u1'));
    for (const file of [join(layout.statuses, half), join(layout.runDir('u1'), half), theirs])
      await writeFile(file, '{');
    await reopen();
    expect((await readdir(layout.statuses)).sort()).toEqual(['.mine.tmp', 'one.json']);
    expect(await readdir(layout.runDir('u1'))).toEqual([]);
  });

  it('has one copy of what runs have in common, and each is as it was written', async () => {
    const conditions = [{ type: 'Stalled', status: 'False', reason: 'Never', message: '', lastTransitionTime: at.toISOString() }]; // oxfmt-ignore
    const recipe = RecipeSpecBody.parse({ category: 'simple', source: { repo: '/r' } });
    const run = TestRunBody.parse({ recipe: 'web', source: { ref: 'main' } });
    const accepted = { run, recipe, repo: '/r', createdAt: at.toISOString() };
    const written = {
      ...first,
      accepted,
      conditions,
      deployer: { kind: 'builtin', version: '1', bin: '/b' },
    } as const;
    await store.putStatus('one', { ...written, uid: 'u1' } as never, 0);
    await store.putStatus('two', { ...written, uid: 'u2' } as never, 0);
    await reopen();
    const [one, two] = store.statuses().map(({ status }) => status);
    const shared = (each: typeof one): unknown[] => [
      each?.accepted?.recipe,
      each?.deployer,
      each?.conditions[0],
    ];
    shared(one).forEach((part, index) => expect(part).toBe(shared(two)[index]));
    expect([one, two]).toEqual([
      { ...written, uid: 'u1' },
      { ...written, uid: 'u2' },
    ]);
  });
});

describe('putStatus', () => {
  it('refuses a version that is not the present one, and changes nothing then', async () => {
    await store.putStatus('one', first, 0);
    await expect(store.putStatus('one', { ...first, message: 'late' }, 0)).rejects.toBeInstanceOf(Conflict);
    await expect(store.putStatus('one', { ...first, message: 'early' }, 2)).rejects.toBeInstanceOf(Conflict);
    await expect(store.putStatus('new', first, 1)).rejects.toBeInstanceOf(Conflict);
    expect(store.status('one')?.status.message).toBe(first.message);
    expect(await onDisk()).toMatchObject({
      metadata: { resourceVersion: 1 },
      status: { message: first.message },
    });
  });

  it('lets one of two that write at once win', async () => {
    await store.putStatus('one', first, 0);
    const both = ['a', 'b'].map((message) => store.putStatus('one', { ...first, message }, 1));
    expect((await Promise.allSettled(both)).map((each) => each.status)).toEqual(['fulfilled', 'rejected']);
    expect(await onDisk()).toMatchObject({ status: { message: 'a' } });
  });

  it('is seen in memory before anything is awaited, and on disk once it is done', async () => {
    const writing = store.putStatus('one', first, 0);
    expect(store.status('one')?.metadata.resourceVersion).toBe(1);
    await writing;
    expect(await onDisk()).toEqual(store.status('one'));
  });

  it('writes nothing where nothing changed', async () => {
    await store.putStatus('one', first, 0);
    await store.putStatus('one', structuredClone(first), 1);
    expect(writes).toEqual(['status one Queued']);
    expect(store.status('one')?.metadata.resourceVersion).toBe(1);
  });

  it('writes again what could not be written, also where it is the same', async () => {
    await store.putStatus('one', first, 0);
    await rename(layout.statuses, `${layout.statuses}-away`);
    const next = { ...first, message: 'on a full disk' };
    await expect(store.putStatus('one', next, 1)).rejects.toThrow('ENOENT');
    await rename(`${layout.statuses}-away`, layout.statuses);
    await store.putStatus('one', next, store.status('one')?.metadata.resourceVersion ?? 0);
    expect(await onDisk()).toMatchObject({ status: { message: 'on a full disk' } });
  });
});

describe('openStore', () => {
  it('reads back what was put', async () => {
    await store.putStatus('one', first, 0);
    const before = store.statuses();
    await reopen();
    expect(store.statuses()).toEqual(before);
    expect(store.damaged).toEqual([]);
  });

  it.each([
    { because: 'empty', garbage: '' },
    { because: 'torn', garbage: '{"status":' },
    { because: 'of another shape', garbage: '{"status":{}}' },
    { because: 'all zeros', garbage: '\u0000'.repeat(100) },
    { because: 'without a uid, which would name the folder of all runs', garbage: statusText({ uid: '' }) },
    { because: 'with a uid that leads elsewhere', garbage: statusText({ uid: '../x' }) },
    { because: 'a copy of another run’s', garbage: statusText({}, 'other') },
  ])(
    'puts a status aside that is $because, keeps the others, and lets the run begin anew',
    async ({ garbage }) => {
      await store.putStatus('one', first, 0);
      await store.putStatus('other', first, 0);
      await writeFile(layout.statusFile('one'), garbage);
      await reopen();
      expect(store.statuses().map((each) => each.metadata.name)).toEqual(['other']);
      expect(store.damaged).toHaveLength(1);
      await store.putStatus('one', { ...first, uid: 'u2' }, 0);
      const [aside = ''] = (await readdir(layout.statuses)).filter((file) => file.includes('damaged'));
      expect(await readFile(join(layout.statuses, aside), 'utf8')).toBe(garbage);
      await reopen();
      expect(store.status('one')?.status.uid).toBe('u2');
      expect(store.damaged).toEqual([]);
    },
  );
});

describe('a status that another cc-ci wrote', () => {
  const condition = {
    type: 'Finished',
    status: 'True',
    reason: 'Passed',
    message: '',
    lastTransitionTime: at,
  };
  const step = {
    name: 'install',
    attempt: 1,
    state: 'passed',
    startedAt: null,
    finishedAt: null,
    message: '',
  };
  const newer = {
    ...first,
    finishedAt: at,
    later: 1,
    conditions: [condition, { ...condition, type: 'Signed' }],
    steps: [{ ...step, name: 'rollout' }, step],
  };

  it('is kept with what is known of it, and its run is not done again', async () => {
    await writeFile(layout.statusFile('one'), statusText(newer));
    await reopen();
    expect(store.damaged).toEqual([]);
    expect(store.status('one')?.status).toMatchObject({
      finishedAt: at.toISOString(),
      conditions: [{ type: 'Finished' }],
      steps: [{ name: 'install' }],
    });
  });

  it('in a form that is not known stops the start, and stays', async () => {
    const text = statusText({}).replace(API_VERSION, 'ccci.coopcloud.tech/v9');
    await writeFile(layout.statusFile('one'), text);
    await expect(reopen()).rejects.toMatchObject({
      reason: 'UnknownVersion',
      message: expect.stringContaining('ccci.coopcloud.tech/v9'),
    });
    expect(await readFile(layout.statusFile('one'), 'utf8')).toBe(text);
  });
});

describe('a folder of documents that is away', () => {
  const away = (): string => `${layout.testruns}-away`;

  it('hides its documents, and nobody takes them for removed', async () => {
    await writeFile(layout.specFile('one'), SPEC);
    await store.putStatus('one', first, 0);
    await rename(layout.testruns, away());
    await expect(store.get('one')).rejects.toThrow('nothing is known of its documents');
    await expect(store.specNames()).rejects.toBeInstanceOf(Waiting);
    await rename(away(), layout.testruns);
    expect((await store.get('one')).spec?.parsed.ok).toBe(true);
  });

  it('hides them at every moment of going and coming back', async () => {
    await writeFile(layout.specFile('one'), SPEC);
    let done = false;
    const moving = (async () => {
      while (!done) {
        await rename(layout.testruns, away());
        await rename(away(), layout.testruns);
      }
    })();
    let seen = 0;
    for (let look = 0; look < 2_000; look++) {
      const docs = await store.get('one').catch((error: unknown) => {
        if (!(error instanceof Waiting)) throw error;
        return null;
      });
      if (docs === null) continue;
      expect(docs.spec).not.toBeNull();
      seen++;
    }
    done = true;
    await moving;
    expect(seen).toBeGreaterThan(0);
  });
});

describe('get', () => {
  it('shows a document that is not there, one that is, and one that is gone while its status stays', async () => {
    expect(await store.get('one')).toEqual({ name: 'one', spec: null, status: null });
    await writeFile(layout.specFile('one'), SPEC);
    await store.putStatus('one', first, 0);
    expect((await store.get('one')).spec?.parsed).toMatchObject({ ok: true });
    await rm(layout.specFile('one'));
    expect(await store.get('one')).toMatchObject({ spec: null, status: { metadata: { name: 'one' } } });
  });

  it.each([
    { because: 'is named otherwise', text: SPEC.replace('one', 'two'), says: 'but the file is named' },
    { because: 'is empty', text: '', says: '' },
    { because: 'is far too large', text: `${SPEC}# ${'x'.repeat(2_000_000)}`, says: 'larger than' },
  ])('refuses a document that $because', async ({ text, says }) => {
    await writeFile(layout.specFile('one'), text);
    const parsed = (await store.get('one')).spec?.parsed;
    expect(parsed?.ok).toBe(false);
    expect(JSON.stringify(parsed)).toContain(says);
  });

  it('refuses a folder in a document’s place', async () => {
    await mkdir(layout.specFile('one'));
    expect((await store.get('one')).spec?.parsed).toMatchObject({
      ok: false,
      problems: [{ message: 'is not a regular file' }],
    });
  });
});

describe('forget', () => {
  it('removes everything of the run, its status last, and is safe twice', async () => {
    await store.putStatus('one', first, 0);
    for (const folder of [
      layout.runDir('u1'),
      layout.abraDir('u1'),
      layout.secretsDir('u1'),
      layout.runDir('u2'),
    ])
      await mkdir(folder, { recursive: true });
    for (const name of ['one', 'two']) await writeFile(layout.signalFile(name), '');
    await store.forget('one', 'u1');
    await store.forget('one', 'u1');
    expect(await readdir(layout.signals)).toEqual(['two']);
    expect(writes.slice(1, 3)).toEqual(['forget one files', 'forget one']);
    expect(store.statuses()).toEqual([]);
    expect(await readdir(layout.statuses)).toEqual([]);
    expect(await readdir(layout.runs)).toEqual(['u2']);
    expect(await readdir(layout.abraDir('.'))).toEqual([]);
  });
});

it('removes signals of runs that are gone when it is opened, and keeps those of runs', async () => {
  await store.putStatus('one', first, 0);
  for (const name of ['one', 'two']) await writeFile(layout.signalFile(name), '');
  await openStore(layout, { recipesDir: layout.root });
  expect(await readdir(layout.signals)).toEqual(['one']);
});

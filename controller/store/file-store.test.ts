import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firstStatus } from '../domain/run/first-status.ts';
import { Conflict } from '../runtime/errors.ts';
import { type FileStore, installationKey, openStore } from './file-store.ts';
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
    await store.forget('one', 'u1');
    await store.forget('one', 'u1');
    expect(writes.slice(1, 3)).toEqual(['forget one files', 'forget one']);
    expect(store.statuses()).toEqual([]);
    expect(await readdir(layout.statuses)).toEqual([]);
    expect(await readdir(layout.runs)).toEqual(['u2']);
    expect(await readdir(layout.abraDir('.'))).toEqual([]);
  });
});

describe('installationKey', () => {
  it('is made once and kept, whoever asks first', async () => {
    const made = await Promise.all(
      ['1', '2', '3'].map((digit) => installationKey(layout, () => digit.repeat(64))),
    );
    expect(new Set(made).size).toBe(1);
    expect(await installationKey(layout, () => '9'.repeat(64))).toBe(made[0]);
  });

  it('is never replaced where it is damaged: what it proves would be lost', async () => {
    await writeFile(layout.keyFile, 'torn');
    await expect(installationKey(layout, () => '1'.repeat(64))).rejects.toThrow('Restore it from a backup');
    expect(await readFile(layout.keyFile, 'utf8')).toBe('torn');
  });
});

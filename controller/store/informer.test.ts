import { mkdir, mkdtemp, open, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeAtomic } from './atomic.ts';
import { type Informer, startInformer } from './informer.ts';

let dir: string;
let informer: Informer;
let keys: string[];
/** Read at every call, as a reconcile would. */
let lastText: string;

const WAIT = { timeout: 10_000, interval: 5 };

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-informer-'));
  for (const folder of ['specs', 'signals']) await mkdir(join(dir, folder));
  await writeFile(join(dir, 'specs', 'old.yaml'), 'there before');
  keys = [];
  lastText = '';
  informer = startInformer(
    [
      { folder: join(dir, 'specs'), ending: '.yaml' },
      { folder: join(dir, 'signals'), ending: '' },
    ],
    (key) => {
      keys.push(key);
      void readFile(join(dir, 'specs', `${key}.yaml`), 'utf8').then(
        (text) => (lastText = text),
        () => (lastText = 'gone'),
      );
    },
    (error) => keys.push(`error ${String(error)}`),
  );
});
afterEach(async () => {
  informer.close();
  await rm(dir, { recursive: true, force: true });
});

const spec = (name: string): string => join(dir, 'specs', `${name}.yaml`);

it('says nothing of what was there before: that is what the first resync is for', async () => {
  await writeFile(spec('new'), 'x');
  await expect.poll(() => keys, WAIT).toContain('new');
  expect(keys).not.toContain('old');
});

it('sees every one of many atomic replacements of a file, and the last text in the end', async () => {
  for (let round = 1; round <= 30; round++) await writeAtomic(spec('old'), `text ${round}`);
  await expect.poll(() => lastText, WAIT).toBe('text 30');
  keys = [];
  // A watch on the file itself would be silent after the first replacement.
  await writeAtomic(spec('old'), 'text 31');
  await expect.poll(() => lastText, WAIT).toBe('text 31');
  expect(new Set(keys)).toEqual(new Set(['old']));
});

it('sees the end of a file that is written in place, slowly', async () => {
  const handle = await open(spec('old'), 'w');
  await expect.poll(() => keys, WAIT).toContain('old');
  await handle.write('the ');
  await handle.write('end');
  await handle.close();
  await expect.poll(() => lastText, WAIT).toBe('the end');
});

it('sees a file come by another name, go, and come back', async () => {
  await writeFile(join(dir, 'elsewhere'), 'moved');
  await rename(join(dir, 'elsewhere'), spec('moved'));
  await expect.poll(() => lastText, WAIT).toBe('moved');
  await unlink(spec('moved'));
  await expect.poll(() => lastText, WAIT).toBe('gone');
  await writeFile(spec('moved'), 'again');
  await expect.poll(() => lastText, WAIT).toBe('again');
});

it('looks at the folders it was given, at their endings, and at no file with a leading dot', async () => {
  await writeFile(join(dir, 'specs', '.aside.yaml'), 'x');
  await writeFile(join(dir, 'specs', 'notes.txt'), 'x');
  await writeFile(join(dir, 'outside.yaml'), 'x');
  await mkdir(join(dir, 'specs', 'deeper'));
  await writeFile(join(dir, 'specs', 'deeper', 'inner.yaml'), 'x');
  await writeFile(join(dir, 'signals', 'a-run'), '');
  await writeFile(spec('last'), 'x');
  await expect.poll(() => keys, WAIT).toEqual(expect.arrayContaining(['last', 'a-run']));
  expect(new Set(keys)).toEqual(new Set(['last', 'a-run']));
});

it('says which folder cannot be watched, and watches the others', async () => {
  const errors: string[] = [];
  const folders = ['nowhere', 'specs'].map((name) => ({ folder: join(dir, name), ending: '.yaml' }));
  const other = startInformer(
    folders,
    (key) => keys.push(`other ${key}`),
    (error) => errors.push(String(error)),
  );
  await writeFile(spec('new'), 'x');
  await expect.poll(() => keys, WAIT).toContain('other new');
  expect(errors).toEqual([expect.stringContaining(join(dir, 'nowhere'))]);
  other.close();
});

import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAtomic, readIfThere, writeAtomic } from './atomic.ts';

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-atomic-'));
  file = join(dir, 'one.json');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const OLD = 'old '.repeat(100_000);
const NEW = 'new '.repeat(100_000);

describe('writeAtomic', () => {
  it('shows a reader the old text or the new, never a part of one', async () => {
    await writeAtomic(file, OLD);
    let isWriting = true;
    const seen = new Set<string>();
    const reading = (async () => {
      while (isWriting) {
        const text = await readFile(file, 'utf8');
        seen.add(text === OLD || text === NEW ? 'whole' : `torn: ${text.length} characters`);
      }
    })();
    for (let round = 0; round < 20; round++) await writeAtomic(file, round % 2 === 0 ? NEW : OLD);
    isWriting = false;
    await reading;
    expect([...seen]).toEqual(['whole']);
    expect(await readdir(dir)).toEqual(['one.json']);
  });

  it('leaves the old text and no litter where it cannot replace it', async () => {
    await expect(writeAtomic(dir, 'a folder is no file')).rejects.toThrow('rename');
    await expect(writeAtomic(join(dir, 'nowhere', 'x'), 'text')).rejects.toThrow('ENOENT');
    expect(await readdir(dir)).toEqual([]);
  });

  it('gives the file its mode before it has its name, whatever mode the old one had', async () => {
    await writeFile(file, 'public');
    await chmod(file, 0o644);
    await writeAtomic(file, 'secret', { mode: 0o600 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});

describe('createAtomic', () => {
  it('lets one of many be first, and shows what that one wrote, whole', async () => {
    const texts = Array.from({ length: 16 }, (_each, index) => `${index} `.repeat(10_000));
    const first = await Promise.all(texts.map((text) => createAtomic(file, text)));
    expect(first.filter(Boolean)).toEqual([true]);
    expect(await readFile(file, 'utf8')).toBe(texts[first.indexOf(true)]);
    expect(await readdir(dir)).toEqual(['one.json']);
  });

  it('never writes over what is there', async () => {
    await writeFile(file, 'mine');
    expect(await createAtomic(file, 'yours')).toBe(false);
    expect(await readFile(file, 'utf8')).toBe('mine');
  });
});

describe('readIfThere', () => {
  it('tells "not there" from "cannot be read"', async () => {
    expect(await readIfThere(file)).toBeNull();
    await expect(readIfThere(dir)).rejects.toThrow('EISDIR');
  });
});

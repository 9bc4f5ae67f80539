import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { searchLog } from './log-search.ts';

let dir: string;

beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'ccci-search-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

const lines = (texts: readonly string[]): Promise<void> =>
  writeFile(
    join(dir, 'log.ndjson'),
    texts
      .map(
        (text) =>
          `${JSON.stringify({ time: '2020-01-01T00:00:00.000Z', level: 'info', from: 'db', text })}\n`,
      )
      .join(''),
  );
// oxlint-disable-next-line no-control-regex -- it is what it takes out
const shown = (text: string): string => text.replaceAll(/\u001b\[\d*m/g, '');

it.each([
  { because: 'a line is found by what it says', text: 'two', want: [2] },
  { because: 'whatever the case', text: 'THREE', want: [3] },
  { because: 'also with marks that JSON escapes', text: 'a "quoted" \\ path', want: [4] },
  { because: 'also where a colour stands within it', text: 'coloured', want: [5] },
  { because: 'also beyond ASCII', text: 'größe', want: [6] },
  { because: 'and not by its level, its time or who said it', text: 'info', want: [] },
  { because: 'nor by how JSON writes it', text: 'u001b', want: [] },
])('$because', async ({ text, want }) => {
  await lines(['one', 'two', 'Three', 'a "quoted" \\ path', 'co\u001b[31mlou\u001b[0mred', 'Größe']);
  const { hits, count } = await searchLog(dir, { text, most: 10, shown });
  expect([hits.map(({ number }) => number), count]).toEqual([want, want.length]);
});

it('counts all and keeps the first, over many parts of a long log', async () => {
  await lines(Array.from({ length: 30_000 }, (_, index) => `line ${index + 1} ${'x'.repeat(20)}`));
  const { hits, count } = await searchLog(dir, { text: 'LINE', most: 3, shown });
  expect([hits.map(({ number }) => number), count]).toEqual([[1, 2, 3], 30_000]);
  const [last] = (await searchLog(dir, { text: 'line 30000 ', most: 3, shown })).hits;
  expect(last?.number).toBe(30_000);
});

it('finds nothing where there is no log', async () => {
  expect(await searchLog(dir, { text: 'x', most: 3, shown })).toEqual({ hits: [], count: 0 });
});

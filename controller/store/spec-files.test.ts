import { mkdtemp, mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeLayout, type Layout } from './layout.ts';
import { problemText } from './parse-document.ts';
import { documentNames, readDocumentText, readRecipe, readSpec } from './spec-files.ts';

let root: string;
let layout: Layout;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ccci-specs-'));
  layout = makeLayout(root);
  await mkdir(layout.testruns);
});
afterEach(() => rm(root, { recursive: true }));

const HEAD = 'apiVersion: ccci.coopcloud.tech/v1\n';
const RUN = `${HEAD}kind: TestRun\nmetadata:\n  labels: { a: b }\n  name: other\nspec: { recipe: ghost }\n`;
const RECIPE = `${HEAD}kind: RecipeSpec\nmetadata: { name: other }\nspec: { category: simple, source: { repo: https://git.example.org/ghost.git } }\n`;

interface Kind {
  readonly kind: string;
  readonly text: string;
  readonly fileOf: () => string;
  readonly read: () => ReturnType<typeof readSpec | typeof readRecipe>;
  /** Where the document says its name. */
  readonly at: string;
}

describe.each<Kind>([
  {
    kind: 'TestRun',
    text: RUN,
    fileOf: () => layout.specFile('one'),
    read: () => readSpec(layout, 'one'),
    at: '5:3',
  },
  {
    kind: 'RecipeSpec',
    text: RECIPE,
    fileOf: () => join(root, 'one.yaml'),
    read: () => readRecipe(root, 'one'),
    at: '3:13',
  },
])('a $kind', ({ text, fileOf, read, at }) => {
  const problems = async (): Promise<string[]> => {
    const seen = await read();
    return seen === null || seen.parsed.ok ? [] : seen.parsed.problems.map(problemText);
  };

  it('is null where there is no file', async () => expect(await read()).toBeNull());

  it('whose name is not that of its file is refused where it says its name', async () => {
    await writeFile(fileOf(), text);
    expect(await problems()).toEqual([
      `${fileOf()}:${at}: metadata.name: metadata.name is "other", but the file is named "one"; make them the same`,
    ]);
  });

  it('has the digest of its text, also where it is refused', async () => {
    await writeFile(fileOf(), text);
    const refused = (await read())?.parsed.digest;
    await writeFile(fileOf(), `${text}# edited\n`);
    expect((await read())?.parsed.digest).not.toBe(refused);
  });

  it('of a terabyte is refused by its size, without being read', async () => {
    await writeFile(fileOf(), '');
    await truncate(fileOf(), 2 ** 40);
    expect(await problems()).toEqual([expect.stringContaining('is larger than 64 KiB')]);
  });

  it('that is a folder is refused', async () => {
    await mkdir(fileOf());
    expect(await problems()).toEqual([expect.stringContaining('is not a regular file')]);
  });
});

describe('names', () => {
  it('are those of the documents alone', async () => {
    for (const file of ['b.yaml', 'a.yaml', '.aside.yaml', 'notes.txt'])
      await writeFile(join(layout.testruns, file), '');
    expect((await documentNames(layout.testruns)).sort()).toEqual(['a', 'b']);
  });

  it('are none where there is no folder', async () =>
    expect(await documentNames(join(dirname(root), 'nowhere-at-all'))).toEqual([]));

  it('too long for a file are those of no file', async () =>
    expect(await readSpec(layout, 'x'.repeat(300))).toBeNull());

  it('are said as the person wrote them', async () => {
    await mkdir(join(root, 'dir'));
    expect(await readDocumentText(join(root, 'dir'), './dir')).toMatchObject({
      problems: [{ file: './dir' }],
    });
  });
});

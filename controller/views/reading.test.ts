/** One contract for both ways of reading: the files, and the store of this process. */
import { mkdir, mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecipeSpecBody } from '../api/recipe-spec.ts';
import { finishedBody, NOW, statusBody } from '../ctl/testing.ts';
import { type FileStore, openStore } from '../store/file-store.ts';
import { makeLayout, type Layout } from '../store/layout.ts';
import { type Places, readFiles } from './read-files.ts';
import type { Reading, Viewer } from './reading.ts';
import { readStore } from './read-store.ts';
import { listRecipes } from './recipes.ts';
import { listRuns, readRun } from './runs.ts';
import { selected } from './select.ts';
import { KINDS } from './kinds.ts';

let root: string;
let layout: Layout;
let store: FileStore;
let reading: Reading;

const specText = (name: string, ref = 'main'): string =>
  `apiVersion: ccci.coopcloud.tech/v1\nkind: TestRun\nmetadata: { name: ${name}, labels: { who: ada } }\nspec: { recipe: ghost, source: { ref: ${ref} } }\n`;

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

const viewer = (): Viewer => ({
  reading,
  now: () => NOW,
  warn: (text) => {
    throw new Error(text);
  },
});
/** What the controller does for a key: it looks at the documents. */
const look = (name: string): Promise<unknown> => store.get(name);
const shown = async (): Promise<string[]> =>
  (await listRuns(viewer())).map(({ metadata, status }) => `${metadata.name} ${status.phase}`).sort();

describe.each<{ way: string; make: (places: Places) => Reading }>([
  { way: 'the files', make: readFiles },
  { way: 'the store', make: (places) => readStore(store, places) },
])('reading $way', ({ make }) => {
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-reading-'));
    layout = makeLayout(join(root, 'state'));
    const recipesDir = join(root, 'recipes');
    await write(layout.specFile('old'), specText('old'));
    store = await openStore(layout, { recipesDir });
    await store.putStatus('old', finishedBody('Passed', { uid: 'u-old' }), 0);
    reading = make({ layout, recipesDir });
  });
  afterEach(() => rm(root, { recursive: true }));

  it('shows a finished run with its labels, also one that nobody has looked at since the start', async () => {
    expect(await listRuns(viewer())).toMatchObject([
      {
        metadata: { name: 'old', labels: { who: 'ada' }, deleting: false },
        spec: { recipe: 'ghost', source: { ref: 'main' } },
        status: { phase: 'Finished', verdict: 'Passed' },
        problems: [],
      },
    ]);
  });

  it('shows a new document as Pending, and then as its status says', async () => {
    await write(layout.specFile('new'), specText('new'));
    await look('new');
    expect(await shown()).toEqual(['new Pending', 'old Finished']);
    await store.putStatus('new', statusBody({ phase: 'Running' }), 0);
    expect(await shown()).toEqual(['new Running', 'old Finished']);
  });

  it('shows an edit, and what is wrong with it', async () => {
    await write(layout.specFile('old'), specText('old', 'v2'));
    await look('old');
    expect(await readRun(viewer(), 'old')).toMatchObject({ spec: { source: { ref: 'v2' } } });
    await write(layout.specFile('old'), specText('other'));
    await look('old');
    expect((await readRun(viewer(), 'old'))?.problems).toMatchObject([
      { path: 'metadata.name', line: 3, column: 13 },
    ]);
  });

  it.each([
    { because: 'asks for what the verdict is about', ref: 'main', over: {}, want: 'old Finished' },
    { because: 'asks for something else', ref: 'v2', over: {}, want: 'old Pending' },
    {
      because: 'was written again after it was deleted',
      ref: 'main',
      over: { deletedAt: '2020-01-01T11:00:00.000Z' },
      want: 'old Pending',
    },
  ])('shows a verdict only beside its own document: one that $because', async ({ ref, over, want }) => {
    await look('old');
    const { wish = null } = (await store.get('old')).spec ?? {};
    await store.putStatus('old', finishedBody('Passed', { uid: 'u-old', wish, ...over }), 1);
    await write(layout.specFile('old'), specText('old', ref));
    await look('old');
    expect(await shown()).toEqual([want]);
  });

  it('shows of a run that goes on what it was accepted for', async () => {
    const { spec } = await store.get('old');
    const run = spec?.parsed.ok === true ? spec.parsed.value.spec : null;
    if (run === null) throw new Error('not valid');
    const recipe = RecipeSpecBody.parse({ category: 'simple', source: { repo: '/nowhere' } });
    const accepted = { run, recipe, repo: '/nowhere', createdAt: '2020-01-01T11:00:00.000Z' };
    await store.forget('old', 'u-old');
    await store.putStatus('old', statusBody({ phase: 'Running', wish: spec?.wish ?? null, accepted }), 0);
    await write(layout.specFile('old'), `${specText('old', 'v2').trimEnd().slice(0, -2)}, cancel: true }\n`);
    await look('old');
    expect(await readRun(viewer(), 'old')).toMatchObject({ spec: { source: { ref: 'main' }, cancel: true } });
  });

  it('shows a run whose document is gone until it is forgotten', async () => {
    await listRuns(viewer());
    await unlink(layout.specFile('old'));
    await look('old');
    expect(await readRun(viewer(), 'old')).toMatchObject({ metadata: { deleting: true }, spec: null });
    await store.forget('old', 'u-old');
    expect(await listRuns(viewer())).toEqual([]);
    expect(await readRun(viewer(), 'old')).toBeNull();
  });

  it('knows no run that nobody asked for, and never leaves its folders', async () => {
    expect(await readRun(viewer(), 'nobody')).toBeNull();
    await write(join(layout.root, 'secret.yaml'), specText('secret'));
    expect(await readRun(viewer(), '../secret')).toBeNull();
  });

  it('filters by label, field and order alike', async () => {
    await write(layout.specFile('new'), specText('new', 'v2'));
    await look('new');
    const names = async (how: Parameters<typeof selected>[1]): Promise<string[]> =>
      selected(await listRuns(viewer()), how, KINDS.runs.columns).map(({ metadata }) => metadata.name);
    expect(await names({ fieldSelector: 'phase=Finished' })).toEqual(['old']);
    expect(await names({ fieldSelector: '.spec.source.ref!=main' })).toEqual(['new']);
    expect(await names({ selector: 'who=ada', sortBy: 'name' })).toEqual(['new', 'old']);
  });

  it('reads recipes, the wrong ones too', async () => {
    const text = (name: string): string =>
      `apiVersion: ccci.coopcloud.tech/v1\nkind: RecipeSpec\nmetadata: { name: ${name} }\nspec: { category: simple, source: { repo: https://git.example.org/x.git } }\n`;
    await write(join(root, 'recipes', 'ghost.yaml'), text('ghost'));
    await write(join(root, 'recipes', 'mailu.yaml'), text('other'));
    const recipes = await listRecipes(viewer(), await listRuns(viewer()));
    expect(recipes.map(({ metadata, status }) => [metadata.name, status.valid, status.lastRun])).toEqual([
      ['ghost', true, 'old'],
      ['mailu', false, null],
    ]);
  });

  it('reads what a run left in its folder, and nothing of a run without a uid', async () => {
    await write(
      join(layout.runDir('u-old'), 'events.ndjson'),
      `{"time":"${NOW.toISOString()}","reason":"A","message":"b"}\n{"torn`,
    );
    await write(
      join(layout.stagesDir('u-old'), '1-install', 'log.ndjson'),
      `{"time":"${NOW.toISOString()}","level":"info","from":"ccci","text":"hello"}\n`,
    );
    expect(await reading.events('u-old')).toMatchObject([{ number: 1, reason: 'A', message: 'b' }]);
    const [step] = await reading.steps('u-old');
    expect(step).toMatchObject({ attempt: 1, step: 'install', round: 1 });
    expect(await reading.log('u-old', { attempt: 1, step: 'install', round: 1 })).toMatchObject([
      { text: 'hello' },
    ]);
    expect([await reading.events(''), await reading.steps(''), await reading.results('')]).toEqual([
      [],
      [],
      null,
    ]);
  });
});

describe('the store', () => {
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-reading-'));
    layout = makeLayout(join(root, 'state'));
    store = await openStore(layout, { recipesDir: root });
    reading = readStore(store, { layout, recipesDir: root });
  });

  it('lists runs without the disk once it has looked at them', async () => {
    await write(layout.specFile('x'), specText('x'));
    await look('x');
    await store.putStatus('x', statusBody({ phase: 'Running' }), 0);
    await rm(root, { recursive: true });
    expect(await listRuns(viewer())).toMatchObject([
      { metadata: { name: 'x', labels: { who: 'ada' }, deleting: false }, status: { phase: 'Running' } },
    ]);
  });

  it('tells its feed of statuses, new documents, edits and deletions, and not of a look that saw nothing new', async () => {
    const told = store.feed.subscribe();
    await write(layout.specFile('x'), specText('x'));
    await look('x');
    expect(await told.next()).toEqual(new Set(['x']));
    await look('x');
    await store.putStatus('y', statusBody(), 0);
    expect(await told.next()).toEqual(new Set(['y']));
    await write(layout.specFile('x'), specText('x', 'v2'));
    await look('x');
    expect(await told.next()).toEqual(new Set(['x']));
    await unlink(layout.specFile('x'));
    await look('x');
    expect(await told.next()).toEqual(new Set(['x']));
    told.close();
    await rm(root, { recursive: true });
  });
});

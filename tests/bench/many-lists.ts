/** 10,000 runs listed and filtered: from the store in memory, beside the same from the files, in turn. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { API_VERSION } from '../../controller/api/primitives.ts';
import { finishedBody } from '../../controller/ctl/testing.ts';
import { openStore } from '../../controller/store/file-store.ts';
import { makeLayout } from '../../controller/store/layout.ts';
import { KINDS } from '../../controller/views/kinds.ts';
import { readFiles } from '../../controller/views/read-files.ts';
import { readStore } from '../../controller/views/read-store.ts';
import type { Reading } from '../../controller/views/reading.ts';
import { listRuns } from '../../controller/views/runs.ts';
import { selected } from '../../controller/views/select.ts';
import { median, spread } from './figures.ts';

const MANY = 10_000;
const SELECTION = {
  selector: 'who=ada',
  fieldSelector: 'phase=Finished,recipe!=mailu',
  sortBy: 'level',
  limit: 50,
};

async function fill(root: string): Promise<void> {
  const layout = makeLayout(root);
  for (const folder of [layout.testruns, layout.statuses]) await mkdir(folder, { recursive: true });
  for (let i = 0; i < MANY; i++) {
    const name = `old-${i}`;
    const labels = { who: i % 2 === 0 ? 'ada' : 'bob' };
    const spec = { recipe: i % 3 === 0 ? 'mailu' : 'ghost', source: { ref: 'main' } };
    const metadata = { name, labels };
    await writeFile(
      layout.specFile(name),
      JSON.stringify({ apiVersion: API_VERSION, kind: 'TestRun', metadata, spec }),
    );
    const status = finishedBody(i % 5 === 0 ? 'Failed' : 'Passed', { uid: `u-${i}`, level: i % 6 });
    const document = {
      apiVersion: API_VERSION,
      kind: 'TestRunStatus',
      metadata: { name, resourceVersion: 1 },
      status,
    };
    await writeFile(layout.statusFile(name), JSON.stringify(document));
  }
}

interface Took {
  readonly ms: number;
  /** Of the processor: on a busy machine the other figure is mostly waiting. */
  readonly cpuMs: number;
}

/** The list as `get runs` with selectors makes it. */
async function timed(reading: Reading): Promise<Took> {
  const began = performance.now();
  const before = process.cpuUsage();
  const warn = (text: string): void => {
    throw new Error(text);
  };
  const runs = await listRuns({ reading, now: () => new Date(), warn });
  const found = selected(runs, SELECTION, KINDS.runs.columns);
  if (runs.length !== MANY || found.length !== SELECTION.limit) throw new Error('The list is not whole.');
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - began, cpuMs: (user + system) / 1_000 };
}

export async function benchLists(times: number, out: (line: string) => void): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'ccci-bench-lists-'));
  try {
    await fill(root);
    const places = { layout: makeLayout(root), recipesDir: root };
    const memory = readStore(await openStore(places.layout, places), places);
    const first = await timed(memory);
    const files = readFiles(places);
    const rows: { files: Took; memory: Took }[] = [];
    for (let i = 0; i < times; i++) rows.push({ files: await timed(files), memory: await timed(memory) });
    const told = (took: readonly Took[]): string =>
      `${spread(took.map(({ ms }) => ms))} ms, of the processor ${spread(took.map(({ cpuMs }) => cpuMs))} ms`;
    out(`${MANY} runs listed and filtered from memory: ${told(rows.map((row) => row.memory))}`);
    out(`the first time, when their specs are read: ${told([first])}`);
    out(`from the files: ${told(rows.map((row) => row.files))}`);
    const ratio = (by: keyof Took): string =>
      median(rows.map((row) => row.files[by] / row.memory[by])).toFixed(0);
    out(`ratio ${ratio('ms')}, of the processor ${ratio('cpuMs')}`);
  } finally {
    await rm(root, { recursive: true });
  }
}

/** Controller start and memory with many finished runs in the store, against an empty one, in turn. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { TestRunStatus } from '../../controller/api/test-run-status.ts';
import { digestOf } from '../../controller/store/parse-document.ts';
import { type Installation, makeInstallation } from '../e2e/installation.ts';
import { median, spread } from './figures.ts';

const MANY = 10_000;

/** A real finished run, copied under other names. */
async function fill(installation: Installation): Promise<void> {
  const { layout } = installation;
  void installation.startController();
  await installation.run('seed', { recipe: 'tiny-web', source: { ref: 'main' } });
  await installation.finished('seed');
  await installation.stop();
  const status = JSON.parse(await readFile(layout.statusFile('seed'), 'utf8')) as TestRunStatus;
  const spec = {
    apiVersion: status.apiVersion,
    kind: 'TestRun',
    spec: { recipe: 'tiny-web', source: { ref: 'main' } },
  };
  for (let i = 0; i < MANY; i++) {
    const name = `old-${i}`;
    const text = stringify({ ...spec, metadata: { name } });
    await writeFile(layout.specFile(name), text);
    await writeFile(
      layout.statusFile(name),
      JSON.stringify({
        ...status,
        metadata: { ...status.metadata, name },
        // As it was closed with: else it would be another run by now.
        status: { ...status.status, uid: `${status.status.uid}${i}`, observedGeneration: digestOf(text) },
      }),
    );
  }
}

/** Seconds from the start to the log's "controller started", and resident memory in MiB 3 s of work later. */
async function start(installation: Installation): Promise<{ seconds: number; mib: number }> {
  const log = join(installation.dir, 'controller.log');
  await rm(log, { force: true });
  const began = performance.now();
  const child = installation.startController();
  await installation.until('controller started', async () =>
    (await readFile(log, 'utf8').catch(() => '')).includes('controller started') ? true : null,
  );
  const seconds = (performance.now() - began) / 1000;
  await new Promise((done) => setTimeout(done, 3_000));
  const rss = /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${child.pid}/status`, 'utf8'))?.[1];
  await installation.stop();
  return { seconds, mib: Number(rss) / 1024 };
}

export async function benchStore(times: number, out: (line: string) => void): Promise<void> {
  const full = await makeInstallation();
  const empty = await makeInstallation();
  try {
    await mkdir(full.dir, { recursive: true });
    await fill(full);
    const rows = [];
    for (let i = 0; i < times; i++) rows.push({ full: await start(full), empty: await start(empty) });
    out(
      `start with ${MANY} finished runs: ${spread(rows.map((row) => row.full.seconds))} s; with none: ${spread(rows.map((row) => row.empty.seconds))} s; ratio ${median(rows.map((row) => row.full.seconds / row.empty.seconds)).toFixed(2)}`,
    );
    out(
      `memory with ${MANY} finished runs: ${spread(rows.map((row) => row.full.mib))} MiB; with none: ${spread(rows.map((row) => row.empty.mib))} MiB; ratio ${median(rows.map((row) => row.full.mib / row.empty.mib)).toFixed(2)}`,
    );
  } finally {
    await full.destroy();
    await empty.destroy();
  }
}

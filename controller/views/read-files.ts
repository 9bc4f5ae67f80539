/** Reads the state directory itself, with the controller up or down: for the command line. */
import { basename, dirname, join } from 'node:path';
import { readIfThere } from '../store/atomic.ts';
import { decisionsFile } from '../store/decisions.ts';
import type { Layout } from '../store/layout.ts';
import { reportsOf } from '../store/status-folders.ts';
import { listKept, openKept } from '../store/kept-files.ts';
import { logFile, readLog, readLogEnd, readLogWindow } from '../store/log-files.ts';
import { beginsLine, readLogPart } from '../store/log-part.ts';
import { searchLog } from '../store/log-search.ts';
import { tailLog } from '../store/log-tail.ts';
import { readEvents, readResources, readResults } from '../store/records.ts';
import { documentNames, readRecipe, readSpec, strayNames } from '../store/spec-files.ts';
import { statusReader } from '../store/status-files.ts';
import { listStepDirs, readStepFiles } from '../store/step-files.ts';
import type { Reading, RunReading } from './reading.ts';

export interface Places {
  readonly layout: Layout;
  readonly recipesDir: string;
}

export function readFiles({ layout, recipesDir }: Places): Reading {
  const readStatus = statusReader(layout);
  return {
    ...readRunFolders(layout),
    stateDir: layout.root,
    recipesDir,
    runNames: async () => {
      const [specs, statuses] = await Promise.all([
        documentNames(layout.testruns),
        documentNames(layout.statuses, '.json'),
      ]);
      return [...new Set([...specs, ...statuses])].sort();
    },
    run: async (name) => {
      // The status first: a run that appears or goes meanwhile is never shown as Pending after its end.
      const status = await readStatus(name);
      const spec = await readSpec(layout, name);
      return status === null && spec === null ? null : { status, spec };
    },
    strays: async (of) => {
      const folder = of === 'runs' ? layout.testruns : recipesDir;
      return (await strayNames(folder)).map((name) => join(folder, name));
    },
    recipeNames: async () => (await documentNames(recipesDir)).sort(),
    recipe: (name) => readRecipe(recipesDir, name),
  };
}

function readRunFolders(layout: Layout): RunReading {
  const reports = reportsOf(layout);
  const none = <T>(uid: string, nothing: T, read: () => Promise<T>): Promise<T> =>
    uid === '' ? Promise.resolve(nothing) : read();
  return {
    events: (uid) => none(uid, [], () => readEvents(layout, uid)),
    steps: (uid) => none(uid, [], () => listStepDirs(layout.stagesDir(uid))),
    stepFiles: (uid, step) => readStepFiles(layout.stepDir(uid, step)),
    log: (uid, step) => none(uid, [], () => readLog(layout.stepDir(uid, step))),
    logEnd: (uid, step, most) => none(uid, [], () => readLogEnd(layout.stepDir(uid, step), most)),
    logWindow: (uid, step, most) =>
      none(uid, { first: 1, lines: [], end: 0 }, () => readLogWindow(layout.stepDir(uid, step), most)),
    logPart: (uid, step, { from, most }) => readLogPart(layout.stepDir(uid, step), from, most),
    searchLog: (uid, step, wanted) => searchLog(layout.stepDir(uid, step), wanted),
    beginsLogLine: (uid, step, at) => beginsLine(layout.stepDir(uid, step), at),
    openLog: (uid, step) =>
      none(uid, null, () => {
        const file = logFile(layout.stepDir(uid, step));
        return openKept(dirname(file), basename(file));
      }),
    tail: (uid, step) => tailLog(layout.stepDir(uid, step)),
    results: (uid) => none(uid, null, () => readResults(layout, uid)),
    resources: (uid) => none(uid, null, () => readResources(layout, uid)),
    decisions: (uid) => none(uid, null, () => readIfThere(decisionsFile(layout, uid))),
    report: reports.get,
    artifact: (uid, name) => none(uid, null, () => readIfThere(join(layout.artifactsDir(uid), name))),
    artifacts: (uid) => none(uid, [], () => listKept(layout.artifactsDir(uid))),
    openArtifact: (uid, path) => none(uid, null, () => openKept(layout.artifactsDir(uid), path)),
  };
}

/** Which runs that are over have a document that was written since: while no controller ran, or where the watcher missed it. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { TestRunStatus } from '../api/test-run-status.ts';
import { codeOf } from '../runtime/errors.ts';
import type { Layout } from './layout.ts';
import { digestOf } from './parse-document.ts';
import { readDocumentText } from './spec-files.ts';

/** Names of the runs of which that is news: what was told of once, or is as it was, is looked at again only when its file changes. */
export type Rewritten = (statuses: readonly TestRunStatus[]) => Promise<string[]>;

export function makeRewritten(layout: Pick<Layout, 'testruns' | 'specFile'>): Rewritten {
  const known = new Map<string, string>();
  let folder = '';
  const isNews = async (
    { metadata, status }: TestRunStatus,
    marks: Map<string, string>,
  ): Promise<boolean> => {
    const file = layout.specFile(metadata.name);
    const mark = await markOf(file);
    if (mark === null || known.get(metadata.name) === mark) return false;
    marks.set(metadata.name, mark);
    const found = await readDocumentText(file);
    return found.ok && digestOf(found.text) !== status.observedGeneration;
  };
  return async (statuses) => {
    const mark = await markOf(layout.testruns);
    // Whatever comes into a folder by a name changes its time; ten thousand files are asked only then.
    if (mark === null || mark === folder) return [];
    const over = statuses.filter(({ status }) => status.finishedAt !== null);
    const names = new Set(over.map(({ metadata }) => metadata.name));
    for (const name of known.keys()) if (!names.has(name)) known.delete(name);
    const news: string[] = [];
    // Known only once it is told: a look that ends in the middle is made again.
    const marks = new Map<string, string>();
    for (const each of over) if (await isNews(each, marks)) news.push(each.metadata.name);
    for (const [name, seen] of marks) known.set(name, seen);
    folder = mark;
    return news;
  };
}

/** Another text after every write; null where there is nothing, or nothing that can be looked at: its own reconcile says so. */
async function markOf(path: string): Promise<string | null> {
  try {
    const { ino, ctimeNs } = await stat(path, { bigint: true });
    return `${basename(path)} ${ino} ${ctimeNs}`;
  } catch (error) {
    if (codeOf(error) === '') throw error;
    return null;
  }
}

/** What a run used and how that compares, in words: MiB and seconds. */
import type { RunResources } from '../api/resources.ts';
import {
  amountText,
  changeText,
  RESOURCE_TITLES,
  resourceNotes,
  resourceRows,
} from '../domain/run/resource-text.ts';
import { messageOf } from '../runtime/errors.ts';
import { aligned } from './aligned.ts';
import type { Viewer } from '../views/reading.ts';
import type { RunView } from '../views/runs.ts';
import { oneLine } from '../views/text.ts';

/** Null where the run is not over, or measured nothing; what cannot be read is said, because the verdict does not depend on it. */
export async function resourcesOf(
  { reading }: Pick<Viewer, 'reading'>,
  { status }: RunView,
): Promise<{ readonly resources: RunResources | null; readonly problem: string }> {
  if (status.uid === '' || status.finishedAt === null) return { resources: null, problem: '' };
  try {
    return { resources: await reading.resources(status.uid), problem: '' };
  } catch (error) {
    return { resources: null, problem: `results.json cannot be read: ${oneLine(messageOf(error))}` };
  }
}

/** The section of `describe`. */
export async function resourceLines(viewer: Pick<Viewer, 'reading'>, run: RunView): Promise<string[]> {
  const { resources, problem } = await resourcesOf(viewer, run);
  return resources === null ? [`Resources: ${problem || '<none>'}`] : ['Resources:', ...tableOf(resources)];
}

function tableOf(resources: RunResources): string[] {
  const table = aligned([RESOURCE_TITLES, ...resourceRows(resources)].map((row) => row.map(oneLine)));
  return [...table, ...resourceNotes(resources).map(oneLine)].map((line) => `  ${line}`);
}

/** What grew beyond the tolerance, in one line, or none. */
export function warningOf(resources: RunResources | null): string {
  const grown = resources?.comparison.rows.filter(({ flagged }) => flagged) ?? [];
  return grown.map((row) => `${row.what} ${amountText(row.now, row.unit)}, ${changeText(row)}`).join('; ');
}

/** What a run used and how that compares, in words: MiB and seconds. */
import type { ComparedRow, LimitPut, RunResources } from '../api/resources.ts';
import { measuresOf } from '../domain/run/resources-compared.ts';
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

const MIB = 1024 * 1024;

/** `138 MiB`, `4.2 s`: one digit after the point below 10. */
export function amountText(value: number, unit: ComparedRow['unit']): string {
  const [amount, name] = unit === 'bytes' ? [value / MIB, 'MiB'] : [value, 's'];
  const rounded = amount < 10 ? Math.round(amount * 10) / 10 : Math.round(amount);
  return rounded === 0 && amount > 0 ? `< 0.1 ${name}` : `${rounded} ${name}`;
}

/** `+38 % since 2.3.1`. */
export function changeText({ percent, median, unit, since }: ComparedRow): string {
  const change =
    percent === null ? `from ${amountText(median, unit)}` : `${percent < 0 ? '' : '+'}${percent} %`;
  return `${change} since ${since ?? 'the last green run'}`;
}

/** The section of `describe`. */
export async function resourceLines(viewer: Pick<Viewer, 'reading'>, run: RunView): Promise<string[]> {
  const { resources, problem } = await resourcesOf(viewer, run);
  return resources === null ? [`Resources: ${problem || '<none>'}`] : ['Resources:', ...tableOf(resources)];
}

function tableOf(resources: RunResources): string[] {
  const { comparison, failedLooks, looks, problem, limits = [] } = resources;
  const rows = [...measuresOf(resources)].map(([what, { value, tolerance }]) => {
    const compared = comparison.rows.find((row) => row.what === what);
    const change = compared === undefined ? '-' : changeText(compared);
    return [
      what,
      amountText(value, tolerance.unit),
      compared?.flagged === true ? `${change} (warning)` : change,
    ];
  });
  const notes = [
    comparison.notCompared === null
      ? `Compared with the median of ${comparison.runs} green runs of the same kind.`
      : `Not compared: ${comparison.notCompared}.`,
    ...(limits.length === 0 ? [] : [`Limits put in by cc-ci: ${limitsText(limits)}.`]),
    ...(failedLooks === 0 ? [] : [`${failedLooks} of ${looks} looks failed, the last with: ${problem}`]),
  ];
  const table = aligned([['WHAT', 'NOW', 'CHANGE'], ...rows].map((row) => row.map(oneLine)));
  return [...table, ...notes.map(oneLine)].map((line) => `  ${line}`);
}

/** `app: memory 2 GiB, processors 2; db: memory 2 GiB`. */
function limitsText(limits: readonly LimitPut[]): string {
  return [...Map.groupBy(limits, ({ service }) => service)]
    .map(([service, own]) => `${service}: ${own.map(({ what, value }) => `${what} ${value}`).join(', ')}`)
    .join('; ');
}

/** What grew beyond the tolerance, in one line, or none. */
export function warningOf(resources: RunResources | null): string {
  const grown = resources?.comparison.rows.filter(({ flagged }) => flagged) ?? [];
  return grown.map((row) => `${row.what} ${amountText(row.now, row.unit)}, ${changeText(row)}`).join('; ');
}

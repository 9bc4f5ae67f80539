/** What a run used and how that compares, in words: MiB and seconds. Pure. */
import type { ComparedRow, LimitPut, RunResources } from '../../api/resources.ts';
import { measuresOf } from './resources-compared.ts';

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

/** What `resourceRows` has in its columns. */
export const RESOURCE_TITLES = ['WHAT', 'NOW', 'CHANGE'] as const;

export function resourceRows(resources: RunResources): [string, string, string][] {
  const { rows } = resources.comparison;
  return [...measuresOf(resources)].map(([what, { value, tolerance }]) => {
    const compared = rows.find((row) => row.what === what);
    const change = compared === undefined ? '-' : changeText(compared);
    const flag = compared?.flagged === true ? ' (warning)' : '';
    return [what, amountText(value, tolerance.unit), `${change}${flag}`];
  });
}

/** What has to be known of the numbers, a sentence each. */
export function resourceNotes({
  comparison,
  failedLooks,
  looks,
  problem,
  limits = [],
}: RunResources): string[] {
  return [
    comparison.notCompared === null
      ? `Compared with the median of ${comparison.runs} green runs of the same kind.`
      : `Not compared: ${comparison.notCompared}.`,
    ...(limits.length === 0 ? [] : [`Limits put in by cc-ci: ${limitsText(limits)}.`]),
    ...(failedLooks === 0 ? [] : [`${failedLooks} of ${looks} looks failed, the last with: ${problem}`]),
  ];
}

/** `app: memory 2 GiB, processors 2; db: memory 2 GiB`. */
function limitsText(limits: readonly LimitPut[]): string {
  return [...Map.groupBy(limits, ({ service }) => service)]
    .map(([service, own]) => `${service}: ${own.map(({ what, value }) => `${what} ${value}`).join(', ')}`)
    .join('; ');
}

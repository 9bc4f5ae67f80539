/** What a run has to say to operators, as `describe` shows it. */
import { groupsOf } from '../domain/notes/report.ts';
import { operatorReportOf } from '../views/operator-report.ts';
import type { Viewer } from '../views/reading.ts';
import type { RunView } from '../views/runs.ts';
import { oneLine } from '../views/text.ts';

/** The section of `describe`. */
export async function operatorLines(viewer: Pick<Viewer, 'reading'>, run: RunView): Promise<string[]> {
  const report = await operatorReportOf(viewer, run);
  const groups = report === null ? [] : groupsOf(report);
  if (report === null || groups.length === 0)
    return [`For operators: ${oneLine(report?.notCompared ?? '') || '<none>'}`];
  const since = report.from === null ? '' : ` of ${oneLine(report.from)}`;
  return [
    `For operators${since}:`,
    ...groups.flatMap(({ title, lines }) => [
      `  ${title}:`,
      ...lines.map((line) => `    - ${oneLine(line)}`),
    ]),
  ];
}

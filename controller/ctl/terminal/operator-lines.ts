/** What a run has to say to operators, as `describe` shows it and `notes` prints it. */
import { groupsOf, operatorReport, type OperatorReport } from '../../domain/notes/report.ts';
import type { Ctl } from './world.ts';
import { layoutOf, type RunView } from '../runs.ts';
import { listSteps, resultIn } from '../steps.ts';
import { oneLine } from '../text.ts';

/** Of the last attempt; null where its lint left nothing. */
export async function reportOf(ctl: Pick<Ctl, 'config'>, run: RunView): Promise<OperatorReport | null> {
  const { uid, app } = run.status;
  const folders = await listSteps(layoutOf(ctl), uid);
  const last = Math.max(...folders.map(({ attempt }) => attempt));
  const results = await Promise.all(folders.filter(({ attempt }) => attempt === last).map(resultIn));
  return operatorReport(results, app?.stack ?? null);
} // oxfmt-ignore

/** The section of `describe`. */
export async function operatorLines(ctl: Pick<Ctl, 'config'>, run: RunView): Promise<string[]> {
  const report = await reportOf(ctl, run);
  const groups = report === null ? [] : groupsOf(report);
  if (report === null || groups.length === 0)
    return [`For operators: ${oneLine(report?.notCompared ?? '') || '<none>'}`];
  const since = report.from === null ? '' : ` of ${oneLine(report.from)}`;
  return [
    `For operators${since}:`,
    ...groups.flatMap(({ title, lines }) => [`  ${title}:`, ...lines.map((line) => `    - ${oneLine(line)}`)]),
  ];
} // oxfmt-ignore

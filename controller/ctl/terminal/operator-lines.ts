/** What a run has to say to operators, as `describe` shows it and `notes` prints it. */
import { groupsOf, operatorReport, type OperatorReport } from '../../domain/notes/report.ts';
import type { Ctl } from './world.ts';
import { layoutOf, type RunView, stepsOf } from '../runs.ts';
import { readStepFiles } from '../../store/step-files.ts';
import { oneLine } from '../text.ts';

/** Of the last attempt; null where its lint left nothing. */
export async function reportOf(ctl: Pick<Ctl, 'config'>, run: RunView): Promise<OperatorReport | null> {
  const { uid, app } = run.status;
  const dirs = await stepsOf(ctl, run);
  const last = Math.max(...dirs.map(({ attempt }) => attempt));
  const own = dirs.filter(({ attempt }) => attempt === last);
  const files = await Promise.all(own.map((dir) => readStepFiles(layoutOf(ctl).stepDir(uid, dir))));
  return operatorReport(files.map(({ result }) => result), app?.stack ?? null);
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

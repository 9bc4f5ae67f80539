/** The stages of a run as a table in Markdown: a row each, those that were not reached in one. Pure. */
import type { StepName } from '../../api/stage.ts';
import { lookOf } from '../run/appearance.ts';
import { spanOf } from '../text/time.ts';
import { cell } from './inert.ts';
import { lastSteps, type ReportedRun, type ReportedStatus } from './reported-run.ts';

type Step = ReportedStatus['steps'][number];

interface Row {
  readonly name: string;
  readonly state: string;
  readonly result: string;
  readonly time: string;
}

/** Lines of Markdown; none before the first step. */
export function stageTable(run: ReportedRun): string[] {
  const rows = joined(rowsOf(run));
  if (rows.every(({ state }) => state === 'absent')) return [];
  return [
    '| stage | result | time |',
    '|---|---|---|',
    ...rows.map(({ name, result, time }) => `| ${name} | ${result} | ${time} |`),
  ];
}

function rowsOf(run: ReportedRun): Row[] {
  const steps = lastSteps(run);
  // Of several rounds of a step the last one counts.
  const stepOf = (name: StepName): Step | undefined => steps.findLast((step) => step.name === name);
  const prepare = stepOf('prepare');
  const teardown = stepOf('teardown');
  const isOver = run.status.finishedAt !== null;
  return [
    // It is no stage, and of interest only where it stands in the way.
    ...(prepare === undefined || prepare.state === 'passed' ? [] : [rowOf('prepare', prepare, isOver)]),
    ...run.spec.stages.map((name) => rowOf(name, stepOf(name), isOver)),
    ...(teardown === undefined ? [] : [rowOf('teardown', teardown, isOver)]),
  ];
}

function rowOf(name: string, step: Step | undefined, isOver: boolean): Row {
  if (step === undefined) return { name, state: 'absent', result: isOver ? '– not reached' : '–', time: '' };
  const { icon, word } = lookOf(step.state);
  const words = step.state === 'passed' ? '' : ` ${word}`;
  const said = cell(step.message);
  const gap = said === '' ? '' : words === '' ? ' ' : ': ';
  return { name, state: step.state, result: `${icon}${words}${gap}${said}`, time: timeOf(step) };
}

function timeOf({ startedAt, finishedAt }: Step): string {
  if (startedAt === null || finishedAt === null) return '';
  return spanOf(Date.parse(finishedAt) - Date.parse(startedAt));
}

/** Neighbours that were not reached share a row. */
function joined(rows: readonly Row[]): Row[] {
  const all: Row[] = [];
  for (const row of rows) {
    const last = all.at(-1);
    if (last?.state === 'absent' && row.state === 'absent')
      all.splice(-1, 1, { ...last, name: `${last.name}, ${row.name}` });
    else all.push(row);
  }
  return all;
}

/** What the comment keeps folded: notes for operators, tests that failed, what the app took, how to look closer. Pure. */
import type { RunResults } from '../../api/results.ts';
import { groupsOf, type OperatorReport } from '../notes/report.ts';
import { RESOURCE_TITLES, resourceNotes, resourceRows } from '../run/resource-text.ts';
import { counted } from '../text/count.ts';
import type { Section } from './folded.ts';
import { cell, code, prose } from './inert.ts';
import type { ReportedRun } from './reported-run.ts';

export interface DetailsOf {
  readonly run: ReportedRun;
  /** Of the run, once it is finished. */
  readonly results: RunResults | null;
  readonly operator: OperatorReport | null;
  /** The end of the log of the step that failed; null where none did, or it is not to be shown. */
  readonly logEnd: LogEnd | null;
}

export interface LogEnd {
  readonly step: string;
  /** Oldest first. */
  readonly lines: readonly { readonly from: string; readonly text: string }[];
}

/** More rows would be a list that nobody reads. */
const MOST_ROWS = 40;

export function detailsOf({ run, results, operator, logEnd }: DetailsOf): Section[] {
  return [
    ...(logEnd === null ? [] : logSection(logEnd)),
    ...(operator === null ? [] : operatorSection(operator)),
    ...(results === null ? [] : [...testsSection(results), ...resourcesSection(results)]),
    closerSection(run),
  ];
}

/** A line of each is an item: a block of code would end where a line holds its fence. */
function logSection({ step, lines }: LogEnd): Section[] {
  const shown = lines.flatMap(({ from, text }) => {
    const line = code(text, 300);
    return line === '' ? [] : [`- ${from === 'ccci' ? '' : `${code(from)} `}${line}`];
  });
  return shown.length === 0 ? [] : [{ summary: `The end of the log of ${step}`, blocks: shown }];
}

function operatorSection(report: OperatorReport): Section[] {
  const groups = groupsOf(report);
  const why = report.notCompared === null ? [] : [`Not compared: ${prose(report.notCompared)}`];
  const blocks = groups.flatMap(({ title, lines }) => [
    `**${title}**`,
    ...lines.map((line) => `- ${prose(line, 1_000)}`),
  ]);
  return groups.length === 0 && why.length === 0
    ? []
    : [{ summary: 'For operators', blocks: [...why, ...blocks] }];
}

function testsSection({ steps, attempts }: RunResults): Section[] {
  const failed = steps
    .filter(({ attempt }) => attempt === attempts)
    .flatMap(({ name, tests }) => tests.map((test) => ({ step: name, ...test })))
    .filter(({ state }) => state === 'failed');
  if (failed.length === 0) return [];
  const blocks = failed.map(({ step, file, name, message = '', quarantined }) => {
    const excused = quarantined === true ? ' (quarantined: it does not judge)' : '';
    const said = message === '' ? '' : `: ${code(message, 300)}`;
    return `- ${step}: ${code(`${file}: ${name}`)}${excused}${said}`;
  });
  return [{ summary: counted(failed.length, 'failed test'), blocks }];
}

function resourcesSection({ resources }: RunResults): Section[] {
  if (resources === null) return [];
  const rows = resourceRows(resources);
  const left = rows.length - MOST_ROWS;
  const lines = [
    RESOURCE_TITLES.map((title) => title.toLowerCase()),
    RESOURCE_TITLES.map(() => '---'),
    ...rows.slice(0, MOST_ROWS).map((row) => row.map((text) => (text === '-' ? '' : cell(text)))),
  ];
  const table = lines.map((row) => `| ${row.join(' | ')} |`).join('\n');
  const notes = [...(left > 0 ? [`And ${left} more.`] : []), ...resourceNotes(resources)];
  return [{ summary: 'What the app took', blocks: [table, ...notes.map((note) => prose(note))] }];
}

function closerSection({ name, spec }: ReportedRun): Section {
  return {
    summary: 'How to look closer',
    blocks: [
      'On the machine of cc-ci:',
      [
        `- ${code(`ccci-ctl describe run/${name}`)} shows all that is known`,
        `- ${code(`ccci-ctl logs run/${name} --failed`)} shows the log of what failed`,
        `- ${code(`ccci-ctl rerun run/${name}`)} tests the same commit again`,
        `- ${code(`ccci-ctl run ${spec.recipe} --ref ${spec.source.ref}`)} tests it with other options`,
      ].join('\n'),
    ],
  };
}

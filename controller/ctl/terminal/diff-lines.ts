/** Two runs beside each other, for a person. */
import type {
  FactDiff,
  LineChange,
  LogPlace,
  RunDiff,
  RunRecord,
  StageDiff,
  StageSide,
  TextDiff,
} from '../../domain/compare/run-diff.ts';
import type { Ctl } from './world.ts';
import { plainBadge } from '../../describe/badge.ts';
import type { Style } from './style.ts';
import { indent, oneLine, printable } from '../../views/text.ts';
import { agoText } from '../../domain/text/time.ts';

type Told = Pick<Ctl, 'style' | 'now'>;

interface Sides {
  readonly records: readonly [before: RunRecord, after: RunRecord];
  /** By us, not by the person. */
  readonly chosen: boolean;
}

export function diffLines(ctl: Told, found: RunDiff, { records: [before, after], chosen }: Sides): string[] {
  const { style } = ctl;
  const why = chosen ? `, the newest green run of ${after.recipe} before it` : '';
  const texts = [
    ['Images', found.images],
    ['Compose as deployed', found.compose],
    ['Env', found.env],
  ] as const;
  return [
    style.paint('red', `- ${headOf(ctl, before)}${why}`),
    style.paint('green', `+ ${headOf(ctl, after)}`),
    ...factLines(style, found.facts),
    ...texts.flatMap(([title, text]) => textLines(style, title, text)),
    ...stageLines(style, found.stages),
    ...logLines(style, found),
    '',
    sameText(found),
  ];
}

function headOf(ctl: Told, { names, createdAt, verdict }: RunRecord): string {
  const state = plainBadge(ctl.style, verdict);
  return `run/${names.run} ${state}, ${agoText(createdAt, ctl.now())}`;
}

function titled(style: Style, title: string, lines: readonly string[]): string[] {
  return lines.length === 0
    ? []
    : ['', style.paint('bold', `${title}:`), ...lines.map((line) => indent(line, '  '))];
}

const removed = (style: Style, text: string): string => style.paint('red', `- ${printable(text)}`);
const added = (style: Style, text: string): string => style.paint('green', `+ ${printable(text)}`);

/** The verdict is in the head already. */
function factLines(style: Style, facts: readonly FactDiff[]): string[] {
  return facts
    .filter(({ name, before, after }) => name !== 'verdict' && before !== after)
    .flatMap(({ name, before, after }) =>
      titled(style, name.charAt(0).toUpperCase() + name.slice(1), [
        removed(style, oneLine(before ?? '<none>')),
        added(style, oneLine(after ?? '<none>')),
      ]),
    );
}

function textLines(style: Style, title: string, { missing, changes, cut }: TextDiff): string[] {
  if (missing.length > 0) {
    const runs = missing.map((run) => `run/${run}`).join(' and ');
    return titled(style, title, [`not compared: ${runs} did not get that far, or kept none`]);
  }
  const lines = changes.flatMap((change, at) => [
    ...(isGap(changes[at - 1], change) ? [style.paint('gray', '...')] : []),
    changeLine(style, change),
  ]);
  return titled(
    style,
    title,
    cut ? [...lines, '(what follows the first 1000 lines was not compared)'] : lines,
  );
}

function isGap(last: LineChange | undefined, { op, line }: LineChange): boolean {
  return last !== undefined && op !== 'added' && line > last.line + 1;
}

function changeLine(style: Style, { op, text }: LineChange): string {
  if (op === 'same') return `  ${printable(text)}`;
  return op === 'removed' ? removed(style, text) : added(style, text);
}

/** Aligned before they are painted. */
function stageLines(style: Style, stages: readonly StageDiff[]): string[] {
  if (stages.length === 0) return [];
  const rows = stages.map((each) => [
    each.stage,
    sideText(style, each.before),
    sideText(style, each.after),
    ratioText(each),
  ]);
  const all = [['STAGE', 'BEFORE', 'AFTER', 'TIME'], ...rows];
  const widths = [0, 1, 2].map((at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  const lines = all.map((row, index) => {
    const text = row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('   ')
      .trimEnd();
    return style.paint(toneOf(stages[index - 1]), text);
  });
  return titled(style, 'Stages', lines);
}

/** Grey where there is nothing to see. */
function toneOf(stage: StageDiff | undefined): 'gray' | 'red' | 'yellow' | 'bold' {
  if (stage === undefined) return 'bold';
  if (stage.before?.state !== stage.after?.state) return stage.after?.state === 'failed' ? 'red' : 'yellow';
  return stage.marked ? 'yellow' : 'gray';
}

function sideText(style: Style, side: StageSide | null): string {
  if (side === null) return '-';
  const plain = plainBadge(style, side.state);
  return side.seconds === null ? plain : `${plain} ${side.seconds.toFixed(1)}s`;
}

function ratioText({ ratio, marked }: StageDiff): string {
  if (ratio === null) return '';
  return marked ? `x${ratio.toFixed(2)} ${ratio > 1 ? 'slower' : 'faster'}` : `x${ratio.toFixed(2)}`;
}

function logLines(style: Style, { logs }: RunDiff): string[] {
  const place = (found: LogPlace | null, paint: typeof added): string[] =>
    found === null ? [] : [`  ${paint(style, found.text)} ${style.paint('gray', `(line ${found.line})`)}`];
  const lines = logs.flatMap(({ stage, before, after }) => [
    stage,
    ...place(before, removed),
    ...place(after, added),
  ]);
  return titled(style, 'First log lines that the other does not have', lines);
}

function sameText({ same, facts, images, compose, env, stages, logs }: RunDiff): string {
  if (same) return 'Nothing differs except times, ids and names.';
  const equal = [
    ...facts.filter(({ before, after }) => before === after).map(({ name }) => name),
    ...Object.entries({ images, compose, env })
      .filter(([, { changes, missing }]) => changes.length === 0 && missing.length === 0)
      .map(([name]) => name),
    ...(stages.every(({ before, after }) => before?.state === after?.state) ? ['outcomes'] : []),
    ...(logs.length === 0 ? ['logs'] : []),
  ];
  return equal.length === 0 ? 'Nothing is the same.' : `The same: ${equal.join(', ')}.`;
}

/** Stage by stage, ours beside the bare commands. Pure. */
import { median } from './figures.ts';

export interface Timed {
  /** Seconds from the wish to the end. */
  readonly total: number;
  /** Seconds of each stage. */
  readonly stages: ReadonlyMap<string, number>;
}

/** Measured one after the other. */
export interface Pair {
  readonly ours: Timed;
  readonly bare: Timed;
}

interface Seconds {
  readonly ours: number;
  readonly bare: number;
}

const HEAD = ['stage', 'ours s', 'bare s', 'ratio', 'min to max', 'ours - bare s', 'share'];

/** `between` is the time that no stage owns, `whole` everything. Throws where the two did not do the same stages. */
export function stageTable(pairs: readonly Pair[]): string[] {
  const stages = [...(pairs[0]?.ours.stages.keys() ?? [])];
  const rows = stages.map((stage) => row(stage, pairs.map((pair) => secondsOf(pair, stage)))); // oxfmt-ignore
  const all = [HEAD, ...rows, row('between', pairs.map(between)), row('whole', pairs.map(whole))];
  const widths = HEAD.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  return all.map((cells) => cells.map((cell, i) => padded(cell, widths[i] ?? 0, i)).join('  '));
}

function padded(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function secondsOf(pair: Pair, stage: string): Seconds {
  const [ours, bare] = [pair.ours.stages.get(stage), pair.bare.stages.get(stage)];
  if (ours === undefined || bare === undefined) throw new Error(`Only one of the two did ${stage}.`);
  return { ours, bare };
}

function outside({ total, stages }: Timed): number {
  return total - [...stages.values()].reduce((sum, seconds) => sum + seconds, 0);
}

const between = (pair: Pair): Seconds => ({ ours: outside(pair.ours), bare: outside(pair.bare) });
const whole = (pair: Pair): Seconds => ({ ours: pair.ours.total, bare: pair.bare.total });

function row(name: string, seconds: readonly Seconds[]): string[] {
  const over = (of: (pair: Seconds) => number): number => median(seconds.map(of));
  const ratios = seconds.map(({ ours, bare }) => ours / bare);
  return [
    name,
    over(({ ours }) => ours).toFixed(2),
    over(({ bare }) => bare).toFixed(2),
    median(ratios).toFixed(2),
    `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`,
    over(({ ours, bare }) => ours - bare).toFixed(2),
    `${(100 * over(({ ours, bare }) => (ours - bare) / ours)).toFixed(0)} %`,
  ];
}

/** What was decided on a run, and where the chart led to it. */
import { replay } from '../domain/run/replay.ts';
import type { Viewer } from './reading.ts';
import type { RunView } from './runs.ts';

export interface Decision {
  readonly time: string;
  /** Of the chart. */
  readonly leaf: string;
  readonly action: string;
}

const MOST = 200;

export async function decisionsOf(
  { reading }: Pick<Viewer, 'reading'>,
  { status }: RunView,
): Promise<Decision[]> {
  const text = await reading.decisions(status.uid);
  if (text === null) return [];
  const last = text.trimEnd().split('\n').slice(-MOST).join('\n');
  return replay(`${last}\n`).decisions.map(({ time, was }) => ({
    time,
    leaf: was.leaf,
    action: was.action.do,
  }));
}

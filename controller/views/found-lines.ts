/** Where a text is in the whole log of a run. */
import { stripColours } from '../domain/text/ansi.ts';
import type { LogHit } from '../store/log-search.ts';
import type { StepDir } from '../store/step-files.ts';
import { publicText } from './log-lines.ts';
import type { Viewer } from './reading.ts';

export interface Found {
  readonly text: string;
  /** The first ones, by their steps. */
  readonly hits: readonly (LogHit & { readonly step: StepDir })[];
  readonly count: number;
}

const MOST_HITS = 500;
const MOST_LETTERS = 200;

/** Of the steps of one attempt; nothing is looked for where the text is blank. */
export async function foundIn(
  { reading }: Pick<Viewer, 'reading'>,
  { uid, steps }: { readonly uid: string; readonly steps: readonly StepDir[] },
  wanted: string,
): Promise<Found | null> {
  const text = wanted.trim().slice(0, MOST_LETTERS);
  if (text === '') return null;
  const hits: (LogHit & { readonly step: StepDir })[] = [];
  let count = 0;
  for (const step of steps) {
    const most = MOST_HITS - hits.length;
    const shown = (said: string): string => stripColours(publicText(said));
    const found = await reading.searchLog(uid, step, { text, most, shown });
    hits.push(...found.hits.map((hit) => ({ ...hit, step })));
    count += found.count;
  }
  return { text, hits, count };
}

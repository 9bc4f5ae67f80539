/** Finds a text in a step's log, however long that is. */
import { LogLine } from '../api/stage.ts';
import { ndjsonLine } from '../runtime/json.ts';
import { readRawPart } from './log-part.ts';
import { tornLine } from './log-files.ts';

export interface LogHit {
  /** Of the line, from 1. */
  readonly number: number;
  readonly line: LogLine;
}

export interface LogHits {
  /** The first ones. */
  readonly hits: readonly LogHit[];
  /** Of all. */
  readonly count: number;
}

export interface LogWanted {
  /** What to look for, whatever its case. */
  readonly text: string;
  readonly most: number;
  /** What a reader sees of a line, in which the text has to be. */
  readonly shown: (text: string) => string;
}

const PART = 256 * 1024;
/** As JSON writes ESC: a colour may stand within the text. */
const COLOUR = String.raw`\u001b`;

/** Only lines that may be hits are parsed. */
export async function searchLog(stepDir: string, { text, most, shown }: LogWanted): Promise<LogHits> {
  const wanted = text.toLowerCase();
  const raw = JSON.stringify(wanted).slice(1, -1);
  const mayBe = (line: string): boolean => line.toLowerCase().includes(raw) || line.includes(COLOUR);
  const hits: LogHit[] = [];
  let [count, number] = [0, 0];
  for (let at = 0; ;) {
    const part = await readRawPart(stepDir, at, PART);
    if (part.end === at) return { hits, count };
    at = part.end;
    for (const each of part.texts) {
      number += 1;
      if (!mayBe(each)) continue;
      const line = ndjsonLine(LogLine, each) ?? tornLine(each);
      if (!shown(line.text).toLowerCase().includes(wanted)) continue;
      count += 1;
      if (hits.length < most) hits.push({ number, line });
    }
  }
}

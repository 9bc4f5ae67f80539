/** A step's log line by line while it grows. */
import type { LogLine } from '../api/stage.ts';
import { readLogPart } from './log-part.ts';

export interface Tail {
  /** The whole lines since the last call; a line without its end yet waits for the next. */
  lines(): Promise<LogLine[]>;
}

const PART = 256 * 1024;

/** Remembers where the last look ended. */
export function tailLog(stepDir: string): Tail {
  let at = 0;
  return {
    async lines() {
      const lines: LogLine[] = [];
      for (;;) {
        const part = await readLogPart(stepDir, at, PART);
        if (part.end === at) return lines;
        at = part.end;
        lines.push(...part.lines);
      }
    },
  };
}

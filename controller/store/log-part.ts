/** A part of a step's log: the lines from a byte on, never more than so many bytes at once. */
import type { FileHandle } from 'node:fs/promises';
import { LogLine } from '../api/stage.ts';
import { ndjsonLine } from '../runtime/json.ts';
import { logFile, openIfThere, tornLine } from './log-files.ts';

export interface LogPart {
  readonly lines: readonly LogLine[];
  /** Behind the last of them: where the next part begins. */
  readonly end: number;
}

/** What is longer is no line of ours; it is cut here, so that it fills nobody's memory. */
const LONGEST_LINE = 8 * 1024 * 1024;

/** Whole lines only: one without its end yet waits for a later call. One longer than `most` comes alone. */
export async function readLogPart(stepDir: string, from: number, most: number): Promise<LogPart> {
  const { texts, end } = await readRawPart(stepDir, from, most);
  return { lines: texts.map((text) => ndjsonLine(LogLine, text) ?? tornLine(text)), end };
}

export interface RawPart {
  /** Lines as they stand in the file. */
  readonly texts: readonly string[];
  readonly end: number;
}

/** As `readLogPart`, for who needs only some of the lines. */
export async function readRawPart(stepDir: string, from: number, most: number): Promise<RawPart> {
  const handle = await openIfThere(logFile(stepDir));
  if (handle === null) return { texts: [], end: from };
  try {
    const bytes = await wholeLines(handle, from, most);
    const texts = bytes.toString('utf8').split('\n');
    // What is behind the last end of a line: nothing, or a line too long to wait for its end.
    const last = texts.pop() ?? '';
    return { texts: last === '' ? texts : [...texts, last], end: from + bytes.length };
  } finally {
    await handle.close();
  }
}

async function wholeLines(handle: FileHandle, from: number, most: number): Promise<Buffer> {
  for (let wanted = most; ; wanted = Math.min(LONGEST_LINE, wanted * 4)) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(wanted), 0, wanted, from);
    const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
    if (end > 0) return buffer.subarray(0, end);
    if (bytesRead < wanted) return buffer.subarray(0, 0);
    if (wanted >= LONGEST_LINE) return buffer;
  }
}

/** False where the log does not go so far, and within a line. */
export async function beginsLine(stepDir: string, at: number): Promise<boolean> {
  if (at === 0) return true;
  const handle = await openIfThere(logFile(stepDir));
  if (handle === null) return false;
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(1), 0, 1, at - 1);
    return bytesRead === 1 && buffer[0] === 0x0a;
  } finally {
    await handle.close();
  }
}

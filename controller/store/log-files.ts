/** `log.ndjson` of a step, read at once: all of it, or its end. */
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { LogLine } from '../api/stage.ts';
import { codeOf } from '../runtime/errors.ts';
import { ndjson, ndjsonLine } from '../runtime/json.ts';
import { readIfThere } from './atomic.ts';

const CHUNK = 256 * 1024;

export function logFile(stepDir: string): string {
  return join(stepDir, 'log.ndjson');
}

/** Without what was torn by a crash. */
export async function readLog(stepDir: string): Promise<LogLine[]> {
  const text = (await readIfThere(logFile(stepDir))) ?? '';
  return ndjson(LogLine, text).flatMap(({ value }) => value ?? []);
}

/** The whole lines within the last so many bytes: of a log of any length no more is read. */
export async function readLogEnd(stepDir: string, most: number): Promise<LogLine[]> {
  const bytes = await lastBytes(logFile(stepDir), most);
  // What is cut at its beginning is no line.
  return ndjson(LogLine, bytes.toString('utf8')).flatMap(({ value }) => value ?? []);
}

async function lastBytes(file: string, most: number): Promise<Buffer> {
  const handle = await openIfThere(file);
  if (handle === null) return Buffer.alloc(0);
  try {
    const { size } = await handle.stat();
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(most), 0, most, Math.max(0, size - most));
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

export interface LogWindow {
  /** Number of the first line that is here, from 1. */
  readonly first: number;
  readonly lines: readonly LogLine[];
  /** The byte behind the last whole line: who follows goes on here. */
  readonly end: number;
}

/** The last lines of a log with their numbers, at most so many lines and bytes; the whole of it is counted and not kept. */
export async function readLogWindow(
  stepDir: string,
  most: { readonly lines: number; readonly bytes: number },
): Promise<LogWindow> {
  const handle = await openIfThere(logFile(stepDir));
  if (handle === null) return { first: 1, lines: [], end: 0 };
  try {
    const { count, starts, end } = await lineStarts(handle, most.lines);
    const shown = starts.filter((start) => start >= end - most.bytes);
    const from = shown[0] ?? end;
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(end - from), 0, end - from, from);
    const texts = buffer.toString('utf8', 0, bytesRead).split('\n').slice(0, shown.length);
    return { first: count - shown.length + 1, lines: await parsed(texts), end };
  } finally {
    await handle.close();
  }
}

/** A slice at a time, because a controller in the same process has other things to do. */
const SLICE = 1_000;

async function parsed(texts: readonly string[]): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for (let at = 0; at < texts.length; at += SLICE) {
    const slice = texts.slice(at, at + SLICE);
    lines.push(...slice.map((text) => ndjsonLine(LogLine, text) ?? tornLine(text)));
    await turn();
  }
  return lines;
}

interface LineStarts {
  /** Of all whole lines. */
  readonly count: number;
  /** Where the last ones begin. */
  readonly starts: readonly number[];
  /** Behind the last whole line. */
  readonly end: number;
}

async function lineStarts(handle: FileHandle, most: number): Promise<LineStarts> {
  let starts: number[] = [];
  let [count, end, at] = [0, 0, 0];
  const chunk = Buffer.alloc(CHUNK);
  for (;;) {
    const { bytesRead } = await handle.read(chunk, 0, CHUNK, at);
    if (bytesRead === 0) return { count, starts: starts.slice(-most), end };
    const bytes = chunk.subarray(0, bytesRead);
    for (let newline = bytes.indexOf(0x0a); newline !== -1; newline = bytes.indexOf(0x0a, newline + 1)) {
      starts.push(end);
      count += 1;
      end = at + newline + 1;
    }
    if (starts.length > 2 * most) starts = starts.slice(-most);
    at += bytesRead;
  }
}

/** A line that is no LogLine (torn by a crash) is shown as it is rather than hidden. */
export function tornLine(text: string): LogLine {
  return { time: new Date(0).toISOString(), level: 'warn', from: 'ccci', text };
}

export async function openIfThere(file: string): Promise<FileHandle | null> {
  try {
    return await open(file, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** `log.ndjson` of a step: read once, or line by line while it grows. */
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
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
}

/** The last lines of a log with their numbers, at most so many lines and bytes; the whole of it is counted and not kept. */
export async function readLogWindow(
  stepDir: string,
  most: { readonly lines: number; readonly bytes: number },
): Promise<LogWindow> {
  const handle = await openIfThere(logFile(stepDir));
  if (handle === null) return { first: 1, lines: [] };
  try {
    const { count, starts, end } = await lineStarts(handle, most.lines);
    const shown = starts.filter((start) => start >= end - most.bytes);
    const from = shown[0] ?? end;
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(end - from), 0, end - from, from);
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n').slice(0, shown.length);
    return {
      first: count - shown.length + 1,
      lines: lines.map((text) => ndjsonLine(LogLine, text) ?? tornLine(text)),
    };
  } finally {
    await handle.close();
  }
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

export interface Tail {
  /** The whole lines since the last call; a line without its end yet waits for the next. */
  lines(): Promise<LogLine[]>;
}

/** Remembers where the last look ended. A line that is no LogLine (torn by a crash) is shown as it is rather than hidden. */
export function tailLog(stepDir: string): Tail {
  const file = logFile(stepDir);
  let offset = 0;
  return {
    async lines() {
      const bytes = await readFrom(file, offset);
      // Cut at the last line end in bytes, so that a letter of several bytes is never split.
      const end = bytes.lastIndexOf(0x0a) + 1;
      offset += end;
      const lines = bytes.toString('utf8', 0, end).split('\n');
      return lines.flatMap((text) => (text === '' ? [] : (ndjsonLine(LogLine, text) ?? tornLine(text))));
    },
  };
}

function tornLine(text: string): LogLine {
  return { time: new Date(0).toISOString(), level: 'warn', from: 'ccci', text };
}

async function readFrom(file: string, offset: number): Promise<Buffer> {
  const handle = await openIfThere(file);
  if (handle === null) return Buffer.alloc(0);
  try {
    const chunks: Buffer[] = [];
    for (let at = offset; ;) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(CHUNK), 0, CHUNK, at);
      if (bytesRead === 0) return Buffer.concat(chunks);
      chunks.push(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

async function openIfThere(file: string): Promise<FileHandle | null> {
  try {
    return await open(file, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

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

/** `log.ndjson` of a step: read once, or line by line while it grows. */
import { open } from 'node:fs/promises';
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
  let handle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
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

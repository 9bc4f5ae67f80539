/** Reads a growing file line by line, from where the last look ended. */
import { open } from 'node:fs/promises';
import { codeOf } from '../runtime/errors.ts';

const CHUNK = 256 * 1024;

export interface Tail {
  /** The whole lines since the last call; a line without its end yet waits for the next. */
  lines(): Promise<string[]>;
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

export function makeTail(file: string): Tail {
  let offset = 0;
  return {
    async lines() {
      const bytes = await readFrom(file, offset);
      // Cut at the last line end in bytes, so that a letter of several bytes is never split.
      const end = bytes.lastIndexOf(0x0a) + 1;
      offset += end;
      return end === 0 ? [] : bytes.toString('utf8', 0, end - 1).split('\n');
    },
  };
}

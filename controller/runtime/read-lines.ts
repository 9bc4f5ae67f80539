/** Reads a stream line by line. */
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Ends with the stream, also where it is destroyed, as execa does to a program that it ends: readline alone then waits for ever. */
export function readLines(stream: Readable): Interface {
  const lines = createInterface({ input: stream });
  stream.once('close', () => lines.close());
  return lines;
}

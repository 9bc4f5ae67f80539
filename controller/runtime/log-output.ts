/** Where the log goes: a line that cannot be written is dropped and counted, and nobody waits for it. */
import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { messageOf } from './errors.ts';

export interface LogOutput {
  /** One line with its end. Never throws, and never waits for a reader. */
  write(line: string): void;
}

type Write = (text: string) => number;

/** `said` makes the line that tells of dropped ones, once something can be written again. */
export function makeLogOutput(said: (dropped: number, problem: string) => string, write: Write): LogOutput {
  let dropped = 0;
  let problem = '';
  let isTorn = false;
  const put = (line: string): boolean => {
    const text = isTorn ? `\n${line}` : line;
    try {
      const written = write(text);
      isTorn = written < Buffer.byteLength(text);
      if (isTorn) problem = 'only a part of the line was taken';
      return !isTorn;
    } catch (error) {
      problem = messageOf(error);
      return false;
    }
  };
  return {
    write: (line) => {
      if (dropped > 0 && put(said(dropped, problem))) dropped = 0;
      // What could not even be said is no reason to try more.
      if (dropped > 0 || !put(line)) dropped++;
    },
  };
}

/** Writes to a descriptor of this process; a pipe whose reader is slow, or stopped, is not waited for. */
export function writerTo(descriptor: number): Write {
  const own = fstatSync(descriptor).isFIFO() ? withoutWaiting(descriptor) : descriptor;
  return (text) => writeSync(own, text);
}

/** Opened once more: who else has the pipe goes on to wait for it. */
function withoutWaiting(descriptor: number): number {
  return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
}

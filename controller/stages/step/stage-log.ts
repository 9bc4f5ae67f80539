/** `log.ndjson` of a step: one redacted line a record, bounded, so that a stage that prints for ever cannot fill the disk. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { LogLine } from '../../api/stage.ts';
import { makeRedactor, type Redactor } from '../../domain/secrets/redact.ts';
import { counted } from '../../domain/text/count.ts';
import type { Clock } from '../../ports.ts';

/** Beyond this nothing more is kept; the last line says so. */
const MAX_LOG_BYTES = 20 * 1024 * 1024;
const MAX_LINE = 8_000;

export interface StageLog {
  say(text: string, level?: LogLine['level']): void;
  /** A writer for what somebody else says. */
  from(who: string): (text: string, level?: LogLine['level']) => void;
  /** From here on these values never reach the log or a result. */
  hide(values: readonly string[]): void;
  redact: Redactor;
  close(): void;
}

export function openStageLog(file: string, clock: Clock): StageLog {
  const fd = openOrNull(file);
  let dropped = 0;
  const hidden = new Set<string>();
  let redactor = makeRedactor([]);
  let written = 0;

  /** The log is no condition of work: what cannot be written is counted, and that is said when something can be. */
  const put = (line: LogLine): void => {
    if (dropped > 0) {
      const text = `${counted(dropped, 'line')} of this log could not be written.`;
      if (!append({ time: line.time, level: 'warn', from: 'ccci', text })) return void dropped++;
      dropped = 0;
    }
    if (!append(line)) dropped++;
  };
  const append = (line: LogLine): boolean => {
    if (fd === null) return false;
    const text = `${JSON.stringify(line)}\n`;
    try {
      const bytes = writeSync(fd, text);
      written += bytes;
      // Half a line is passed over by who reads, and ends where the next one begins.
      return bytes === Buffer.byteLength(text) || (endLine(fd), false);
    } catch {
      return false;
    }
  };

  const write = (from: string, text: string, level: LogLine['level']): void => {
    if (written > MAX_LOG_BYTES) return;
    const time = clock.now().toISOString();
    for (const piece of text.split(/\r?\n/)) {
      // Redacted before it is cut, or the cut could hide the end of a secret from the redactor.
      const line: LogLine = { time, level, from, text: redactor(piece).slice(0, MAX_LINE) };
      put(line);
    }
    if (written > MAX_LOG_BYTES)
      put({ time, level: 'warn', from: 'ccci', text: 'The log is full: what follows is not kept.' });
  };
  return {
    say: (text, level = 'info') => write('ccci', text, level),
    from:
      (who) =>
      (text, level = 'info') =>
        write(who, text, level),
    hide: (values) => {
      for (const value of values) hidden.add(value);
      redactor = makeRedactor([...hidden]);
    },
    redact: (text) => redactor(text),
    close: () => {
      if (fd === null) return;
      try {
        fsyncSync(fd);
      } catch {
        // What of it is not on the disk is as lost as a line that could not be written.
      }
      closeSync(fd);
    },
  };
}

function openOrNull(file: string): number | null {
  try {
    return openSync(file, 'a', 0o600);
  } catch {
    return null;
  }
}

function endLine(fd: number): void {
  try {
    writeSync(fd, '\n');
  } catch {
    // Readers tell a torn line from a whole one.
  }
}

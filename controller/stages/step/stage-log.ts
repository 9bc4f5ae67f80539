/** `log.ndjson` of a step: one redacted line a record, bounded, so that a stage that prints for ever cannot fill the disk. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { LogLine } from '../../api/stage.ts';
import { makeRedactor, type Redactor } from '../../domain/secrets/redact.ts';
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
  const fd = openSync(file, 'a', 0o600);
  const hidden = new Set<string>();
  let redactor = makeRedactor([]);
  let written = 0;

  const write = (from: string, text: string, level: LogLine['level']): void => {
    if (written > MAX_LOG_BYTES) return;
    const time = clock.now().toISOString();
    for (const piece of text.split(/\r?\n/)) {
      // Redacted before it is cut, or the cut could hide the end of a secret from the redactor.
      const line: LogLine = { time, level, from, text: redactor(piece).slice(0, MAX_LINE) };
      written += writeSync(fd, `${JSON.stringify(line)}\n`);
    }
    if (written > MAX_LOG_BYTES)
      writeSync(
        fd,
        `${JSON.stringify({ time, level: 'warn', from: 'ccci', text: 'The log is full: what follows is not kept.' })}\n`,
      );
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
      fsyncSync(fd);
      closeSync(fd);
    },
  };
}

/** The output of a process as cleaned lines, bounded in length and number. */
import { stripVTControlCharacters } from 'node:util';

/** What is kept of one stream: a chatty endless loop must not eat the controller. */
const KEEP_BYTES = 1024 * 1024;

/** A "line" longer than this is cut: progress bars without line ends exist. */
const MAX_LINE = 16 * 1024;

/** One line as a person would have seen it: colours gone, and after a carriage return only what overwrote it. */
export function cleanLine(raw: string): string {
  const text = stripVTControlCharacters(raw).replace(/\r+$/, '');
  const last = text.slice(text.lastIndexOf('\r') + 1);
  // eslint-disable-next-line no-control-regex
  return last.replace(/[^\n]\u0008/g, '').replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
}

export type LineSink = (line: string) => void;

export type Collector = {
  push(chunk: string): void;
  /** Flushes the last line without a line end. */
  end(): void;
  /** Cleaned text, at most the last megabyte. */
  text(): string;
};

/** Cuts a stream into cleaned lines, hands each on at once, and keeps the tail. */
export function makeCollector(sink: LineSink): Collector {
  let rest = '';
  let kept: string[] = [];
  let size = 0;
  const emit = (raw: string): void => {
    const line = cleanLine(raw);
    kept.push(line);
    size += line.length + 1;
    // Compacted at twice the limit, so that shifting is rare.
    if (size > 2 * KEEP_BYTES) {
      const tail = kept.join('\n').slice(-KEEP_BYTES).split('\n').slice(1);
      kept = tail;
      size = tail.reduce((sum, item) => sum + item.length + 1, 0);
    }
    sink(line);
  };
  return {
    push: (chunk) => {
      const pieces = (rest + chunk).split('\n');
      rest = pieces.pop() ?? '';
      pieces.forEach(emit);
      if (rest.length > MAX_LINE) {
        emit(rest);
        rest = '';
      }
    },
    end: () => {
      if (rest !== '') emit(rest);
      rest = '';
    },
    text: () => {
      const text = kept.join('\n');
      return text.length > KEEP_BYTES ? text.slice(-KEEP_BYTES) : text;
    },
  };
}

/** Docker's multiplexed log stream, and the lines in it. Pure. */

const HEADER = 8;
const TASK = 'com.docker.swarm.task.id=';

export interface LogEntry {
  readonly time: string;
  readonly task: string;
  readonly text: string;
}

/** Frames are `[stream, 0, 0, 0, size (4 bytes, big endian)]` and then the text; services with a TTY have none. */
export function textsOf(bytes: Buffer): string[] {
  if (!isHeader(bytes, 0)) return bytes.toString('utf8').split('\n').filter(Boolean);
  const texts: string[] = [];
  for (let at = 0; isHeader(bytes, at);) {
    const end = at + HEADER + bytes.readUInt32BE(at + 4);
    if (end > bytes.length) break;
    texts.push(
      ...bytes
        .toString('utf8', at + HEADER, end)
        .split('\n')
        .filter(Boolean),
    );
    at = end;
  }
  return texts;
}

function isHeader(bytes: Buffer, at: number): boolean {
  if (bytes.length < at + HEADER) return false;
  return bytes.readUInt8(at) <= 2 && bytes.readUIntBE(at + 1, 3) === 0;
}

/** `<time> <details> <text>`, as `timestamps` and `details` make it; details are `key=value` pairs joined by commas. */
export function entryOf(line: string): LogEntry {
  const [time = '', details = ''] = line.split(' ', 2);
  if (!details.includes(TASK)) return { time, task: '', text: clean(line.slice(time.length + 1)) };
  const task = details.split(',').find((pair) => pair.startsWith(TASK));
  return {
    time,
    task: task?.slice(TASK.length) ?? '',
    text: clean(line.slice(time.length + details.length + 2)),
  };
}

function clean(text: string): string {
  return text.replace(/\r$/, '');
}

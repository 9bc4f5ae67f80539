import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeLogOutput, writerTo } from './log-output.ts';

let dir: string;
let opened: number[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ccci-log-'));
  opened = [];
});
afterEach(() => {
  for (const descriptor of opened) closeSync(descriptor);
  rmSync(dir, { recursive: true });
});
function open(file: string, flags: number): number {
  const descriptor = openSync(file, flags);
  opened.push(descriptor);
  return descriptor;
}

const said = (dropped: number): string => `${dropped} dropped\n`;

it('writes every line that can be written, and says how many could not', () => {
  const file = join(dir, 'log');
  const writes = [writerTo(open('/dev/full', constants.O_WRONLY))];
  const good = writerTo(open(file, constants.O_WRONLY | constants.O_CREAT));
  const output = makeLogOutput(said, (text) => (writes[0] ?? good)(text));
  output.write('one\n');
  output.write('two\n');
  writes.pop();
  output.write('three\n');
  output.write('four\n');
  expect(readFileSync(file, 'utf8')).toBe('2 dropped\nthree\nfour\n');
});

it('does not wait for a reader that stands still, and goes on where it reads again', () => {
  const pipe = join(dir, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = open(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const output = makeLogOutput(said, writerTo(open(pipe, constants.O_WRONLY)));
  const line = `${'x'.repeat(9_999)}\n`;
  for (let count = 0; count < 50; count++) output.write(line);
  const read = (): string => {
    const piece = Buffer.alloc(1_000_000);
    return piece.toString('utf8', 0, readSync(reader, piece));
  };
  expect(
    read()
      .split('\n')
      .filter((each) => each.length === 9_999),
  ).toHaveLength(6);
  output.write('after\n');
  expect(read()).toMatch(/^\n?44 dropped\nafter\n$/);
});

it('drops what nobody reads any more', () => {
  const pipe = join(dir, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const output = makeLogOutput(said, writerTo(open(pipe, constants.O_WRONLY)));
  closeSync(reader);
  expect(() => output.write('one\n')).not.toThrow();
});

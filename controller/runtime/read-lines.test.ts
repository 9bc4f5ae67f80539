import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { readLines } from './read-lines.ts';

it.each([
  { because: 'ends', finish: (stream: PassThrough) => void stream.end('b\n'), want: ['a', 'b'] },
  { because: 'is destroyed', finish: (stream: PassThrough) => void stream.destroy(), want: ['a'] },
])('lines end where the stream $because', async ({ finish, want }) => {
  const stream = new PassThrough();
  const seen: string[] = [];
  const reading = (async () => {
    for await (const line of readLines(stream)) {
      seen.push(line);
      if (seen.length === 1) finish(stream);
    }
  })();
  stream.write('a\n');
  await reading;
  expect(seen).toEqual(want);
});

import { expect, it } from 'vitest';
import { linesOf } from './lines.ts';

async function* chunks(...parts: (string | Buffer)[]) {
  yield* parts;
}

it.each([
  { because: 'a line may come in pieces', parts: ['{"a"', ':1}\n'], want: ['{"a":1}'] },
  { because: 'a chunk may hold many lines', parts: ['1\n2\r\n\n3\n'], want: ['1', '2\r', '3'] },
  {
    because: 'a letter may be cut in two',
    parts: [Buffer.from([0xc3]), Buffer.from([0xbc, 0x0a])],
    want: ['ü'],
  },
  { because: 'what was cut at the end is no line', parts: ['1\n{"cut'], want: ['1'] },
])('$because', async ({ parts, want }) => {
  expect(await Array.fromAsync(linesOf(chunks(...parts) as AsyncIterable<Buffer | string>))).toEqual(want);
});

import { describe, expect, it } from 'vitest';
import { entryOf, textsOf } from './frames.ts';

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

describe('textsOf', () => {
  it.each([
    { because: 'nothing is nothing', bytes: Buffer.alloc(0), want: [] },
    {
      because: 'stdout and stderr are told alike',
      bytes: Buffer.concat([frame(1, 'a\n'), frame(2, 'b\n')]),
      want: ['a', 'b'],
    },
    {
      because: 'a size counts bytes, not letters',
      bytes: Buffer.concat([frame(1, 'grüße\n'), frame(1, 'x\n')]),
      want: ['grüße', 'x'],
    },
    {
      because: 'a frame that was cut is left out',
      bytes: Buffer.concat([frame(1, 'a\n'), frame(1, 'cut\n').subarray(0, 10)]),
      want: ['a'],
    },
    {
      because: 'a service with a TTY has no frames',
      bytes: Buffer.from('one\r\ntwo\r\n'),
      want: ['one\r', 'two\r'],
    },
  ])('$because', ({ bytes, want }) => expect(textsOf(bytes)).toEqual(want));
});

describe('entryOf', () => {
  const details = 'com.docker.swarm.node.id=n1,com.docker.swarm.service.id=s1,com.docker.swarm.task.id=t1';
  it.each([
    {
      because: 'details name the task',
      line: `2026-11-23T08:46:19.938384029Z ${details} line 1`,
      want: { task: 't1', text: 'line 1' },
    },
    {
      because: 'a text may be empty',
      line: `2026-11-23T08:46:19.938384029Z ${details} `,
      want: { task: 't1', text: '' },
    },
    {
      because: 'blanks of the text stay',
      line: `2026-11-23T08:46:19.938384029Z ${details}   x  y`,
      want: { task: 't1', text: '  x  y' },
    },
    {
      because: 'without details it is all text',
      line: '2026-11-23T08:46:19.938384029Z hello world\r',
      want: { task: '', text: 'hello world' },
    },
  ])('$because', ({ line, want }) =>
    expect(entryOf(line)).toEqual({ time: '2026-11-23T08:46:19.938384029Z', ...want }),
  );
});

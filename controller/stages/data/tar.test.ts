import { pack, type Headers } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { tarFiles } from './tar.ts';

const BLOCK = 512;
const MIB = 1024 * 1024;

/** One header as it lies in an archive, with whatever a writer of tar would refuse. */
function header(type: string, { name = 'x', size = '0' }: { name?: string; size?: string } = {}): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write(`${size.padStart(11, '0')}\0`, 124);
  block.write('        ', 148);
  block.write(type, 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

const filled = (text: string): Buffer =>
  Buffer.concat([Buffer.from(text), Buffer.alloc((BLOCK - (Buffer.byteLength(text) % BLOCK)) % BLOCK)]);
const file = (name: string, text: string): Buffer =>
  Buffer.concat([header('0', { name, size: Buffer.byteLength(text).toString(8) }), filled(text)]);
const pax = (line: string): Buffer => {
  const record = `${line.length + 4} ${line}\n`;
  return Buffer.concat([header('x', { size: record.length.toString(8) }), filled(record)]);
};
const END = Buffer.alloc(2 * BLOCK);

async function* pieces(...parts: readonly Buffer[]): AsyncGenerator<Uint8Array> {
  const all = Buffer.concat(parts);
  for (let at = 0; at < all.length; at += 700) yield all.subarray(at, at + 700);
}

/** `a.txt=one` for each file. */
async function seenIn(source: AsyncIterable<Uint8Array>): Promise<string[]> {
  const seen: string[] = [];
  for await (const { name, content } of tarFiles(source))
    seen.push(`${name}=${Buffer.concat(await Array.fromAsync(content)).toString()}`);
  return seen;
}

const OTHERS: readonly Headers[] = [
  { name: 'link', type: 'symlink', linkname: '/etc/passwd' },
  { name: 'hard', type: 'link', linkname: 'a.txt' },
  { name: 'device', type: 'character-device', devmajor: 1, devminor: 3 },
  { name: 'pipe', type: 'fifo' },
  { name: 'folder', type: 'directory' },
];

describe('tarFiles', () => {
  it.each([
    {
      because: 'an archive without its end mark ends where it ends',
      given: [file('a.txt', 'one'), file('b', '')],
      want: ['a.txt=one', 'b='],
    },
    {
      because: 'the name of a pax header counts, for one file',
      given: [pax('path=long/name'), file('a', 'one'), file('b', 'two'), END],
      want: ['long/name=one', 'b=two'],
    },
    {
      because: 'the size of a pax header counts',
      given: [pax('size=3'), header('0', { name: 'a' }), filled('one'), file('b', 'two'), END],
      want: ['a=one', 'b=two'],
    },
    {
      because: 'a sparse file of the old kind is no file that could be compared',
      given: [header('S', { size: '3' }), filled('one'), file('b', 'two'), END],
      want: ['b=two'],
    },
  ])('$because', async ({ given, want }) => expect(await seenIn(pieces(...given))).toEqual(want));

  it('gives regular files and nothing else', async () => {
    const archive = pack();
    for (const other of OTHERS) archive.entry(other);
    archive.entry({ name: 'a.txt' }, 'one');
    archive.finalize();
    expect(await seenIn(archive)).toEqual(['a.txt=one']);
  });

  it.each([
    { because: 'a size below nothing', given: [pax('size=-5'), file('a', 'one'), END], says: 'has no size' },
    { because: 'a size that is none', given: [pax('size=many'), file('a', 'one'), END], says: 'has no size' },
    {
      because: 'a header that was changed',
      given: [file('a', 'one').fill('b', 0, 1), END],
      says: 'Invalid tar header',
    },
    {
      because: 'an end within a file',
      given: [header('0', { name: 'a', size: '2000' }), filled('one')],
      says: 'ends in the middle of a file',
    },
    { because: 'an end within a header', given: [header('0').subarray(0, 300)], says: 'ends in the middle' },
  ])('throws at $because', async ({ given, says }) => {
    await expect(seenIn(pieces(...given))).rejects.toThrow(says);
  });

  it('does not keep a header of any length in memory', async () => {
    let sent = 0;
    const endless = async function* () {
      yield header('x', { size: '77777777777' });
      for (; sent < 100 * MIB; sent += MIB) yield Buffer.alloc(MIB, 'x');
    };
    await expect(seenIn(endless())).rejects.toThrow('a header without an end');
    expect(sent).toBeLessThan(5 * MIB);
  });

  it('goes on with the next file where one was read in part, however large', async () => {
    const archive = pack();
    archive.entry({ name: 'large' }, Buffer.alloc(20 * MIB, 'x'));
    archive.entry({ name: 'small' }, 'one');
    archive.finalize();
    const names: string[] = [];
    for await (const { name, content } of tarFiles(archive)) {
      names.push(name);
      for await (const piece of content) if (piece.length > 0) break;
    }
    expect(names).toEqual(['large', 'small']);
  });

  it('throws what the source throws', async () => {
    const broken = async function* () {
      yield file('a', 'one').subarray(0, 600);
      throw new Error('restic is gone');
    };
    await expect(seenIn(broken())).rejects.toThrow('restic is gone');
  });
});

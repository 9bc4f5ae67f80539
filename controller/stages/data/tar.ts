/** The files of a tar archive that arrives as a stream; nothing of it is written anywhere. */

export interface TarFile {
  readonly name: string;
  /** What is not read of it is skipped when the next file is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
}

const BLOCK = 512;
/** A header of a header: longer ones no tar writes. */
const MAX_EXTENSION = 1024 * 1024;

/** Bytes in the portions that are asked for. */
class Portions {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** At most `most` bytes; none at the end of the stream. */
  async some(most: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const next = await this.#source.next();
      if (next.done === true) return this.#rest;
      this.#rest = next.value;
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  /** Exactly so many, or null where the stream ends before. */
  async exactly(count: number): Promise<Buffer | null> {
    const pieces: Uint8Array[] = [];
    for (let left = count; left > 0;) {
      const piece = await this.some(left);
      if (piece.length === 0) return null;
      pieces.push(piece);
      left -= piece.length;
    }
    return Buffer.concat(pieces);
  }
}

/** Octal text, or beyond 8 GiB a binary number with its first bit set. */
function sizeOf(header: Buffer): number {
  const field = header.subarray(124, 136);
  if (((field[0] ?? 0) & 0x80) === 0) return Number.parseInt(textOf(field).trim() || '0', 8);
  return Number(field.readBigUInt64BE(4));
}

function textOf(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

function nameOf(header: Buffer): string {
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? textOf(header.subarray(345, 500)) : '';
  return [prefix, textOf(header.subarray(0, 100))].filter((part) => part !== '').join('/');
}

/** Names that do not fit into a header come in one before it: `123 path=…`, or GNU's own form. */
function longName(type: string, content: Buffer): string | undefined {
  if (type === 'L') return textOf(content);
  return /^\d+ path=(.*)$/m.exec(content.toString('utf8'))?.[1];
}

interface Header {
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

/** Null at the archive's end, marked or not. */
async function nextHeader(bytes: Portions): Promise<Header | null> {
  const block = await bytes.exactly(BLOCK);
  if (block === null || block.every((byte) => byte === 0)) return null;
  return { name: nameOf(block), type: String.fromCharCode(block[156] ?? 0), size: sizeOf(block) };
}

const isExtension = ({ type, size }: Header): boolean =>
  (type === 'x' || type === 'L') && size <= MAX_EXTENSION;
const isFile = ({ type }: Header): boolean => type === '0' || type === '\0';

/** The regular files in their order. An archive that ends between two of them is taken as ended. */
export async function* tarFiles(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarFile> {
  const bytes = new Portions(source);
  let given: string | undefined;
  for (let header = await nextHeader(bytes); header !== null; header = await nextHeader(bytes)) {
    const state = { left: header.size };
    if (isExtension(header)) {
      const content = (await bytes.exactly(header.size)) ?? Buffer.alloc(0);
      given = longName(header.type, content) ?? given;
      state.left = 0;
    } else {
      if (isFile(header)) yield { name: given ?? header.name, content: contentOf(bytes, state) };
      given = undefined;
    }
    await skip(bytes, state.left + padding(header.size));
  }
  // What follows is padding; the sender must get rid of it.
  while ((await bytes.some(BLOCK * 128)).length > 0);
}

const padding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

async function* contentOf(bytes: Portions, state: { left: number }): AsyncGenerator<Uint8Array> {
  while (state.left > 0) {
    const piece = await bytes.some(state.left);
    if (piece.length === 0) throw new Error('The archive ends in the middle of a file.');
    state.left -= piece.length;
    yield piece;
  }
}

async function skip(bytes: Portions, count: number): Promise<void> {
  for (let left = count; left > 0;) {
    const piece = await bytes.some(left);
    if (piece.length === 0) return;
    left -= piece.length;
  }
}

/** One file of a backup: whether it is whole, and whether a text is in it, also where it is packed. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { dumpKind } from '../../domain/data/dump-kind.ts';
import { makeScanner } from '../../domain/secrets/text-search.ts';

export interface FileSeen {
  readonly name: string;
  /** As it lies in the backup. */
  readonly bytes: number;
  readonly found: boolean;
  /** Packed in a way that cannot be read here. */
  readonly closed: boolean;
  /** A packed file with nothing in it. */
  readonly hollow: boolean;
  /** Why it is not whole, or null. */
  readonly cut: string | null;
  /** Known by its first lines as the dump of a database. */
  readonly dump: boolean;
}

const GZIP = Buffer.from('1f8b', 'hex');
const ZSTD = Buffer.from('28b52ffd', 'hex');
const START = 2048;
const END = 2048;

/** What came out of it, packed or not. */
class Content {
  readonly #scanner;
  #start = Buffer.alloc(0);
  #end = Buffer.alloc(0);
  bytes = 0;

  constructor(text: string) {
    this.#scanner = makeScanner(text);
  }

  push(piece: Uint8Array): void {
    this.bytes += piece.length;
    this.#scanner.push(piece);
    if (this.#start.length < START) this.#start = Buffer.concat([this.#start, piece]).subarray(0, START);
    this.#end = Buffer.concat([this.#end, piece]).subarray(-END);
  }

  result() {
    const kind = dumpKind(this.#start.toString('latin1'), this.#end.toString('latin1'));
    return { ...this.#scanner.result(), dump: kind !== 'none', ended: kind !== 'unfinished' };
  }
}

export async function inspectFile(
  { name, content }: { readonly name: string; readonly content: AsyncIterable<Uint8Array> },
  text: string,
): Promise<FileSeen> {
  const counted = { bytes: 0 };
  const raw = counting(content, counted)[Symbol.asyncIterator]();
  const first = await raw.next();
  const start = first.done === true ? Buffer.alloc(0) : Buffer.from(first.value);
  const all = Readable.from(joined(start, raw), { objectMode: false });
  const seen = new Content(text);
  const broken = await unpackInto(all, start, seen);
  const { found, packed, dump, ended } = seen.result();
  const open = opens(start);
  const cut = broken ?? (ended ? null : 'its last line is not the one that a dump ends with');
  return {
    name,
    bytes: counted.bytes,
    found,
    closed: packed,
    hollow: open && cut === null && seen.bytes === 0,
    cut,
    dump,
  };
}

async function* counting(
  content: AsyncIterable<Uint8Array>,
  counted: { bytes: number },
): AsyncGenerator<Uint8Array> {
  for await (const piece of content) {
    counted.bytes += piece.length;
    yield piece;
  }
}

async function* joined(start: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (start.length > 0) yield start;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

const opens = (start: Buffer): boolean => isLike(start, GZIP) || isLike(start, ZSTD);
const isLike = (start: Buffer, magic: Buffer): boolean => start.subarray(0, magic.length).equals(magic);

/** Null, or why it could not be unpacked to its end. */
async function unpackInto(all: Readable, start: Buffer, seen: Content): Promise<string | null> {
  const sink = async (pieces: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const piece of pieces) seen.push(piece);
  };
  if (!opens(start)) {
    await pipeline(all, sink);
    return null;
  }
  try {
    await pipeline(all, isLike(start, GZIP) ? createGunzip() : createZstdDecompress(), sink);
    return null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && /^Z|^ZSTD/.test(String(error.code)))
      return error.message;
    throw error;
  }
}

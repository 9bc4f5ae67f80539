/** The files of a tar archive that arrives as a stream; nothing of it is written anywhere. */
import { pipeline, Readable } from 'node:stream';
import { type Entry, extract } from 'tar-stream';

export interface TarFile {
  readonly name: string;
  /** What is not read of it is skipped when the next file is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Headers of headers are kept in memory until they are whole: longer ones no tar writes. */
const MAX_HEADERS = 1024 * 1024;

interface Reading {
  /** The source has nothing more. */
  ended: boolean;
  /** Bytes that came in since the last entry began, without what was read of it. */
  ahead: number;
}

/** The regular files in their order. An archive that ends between two of them is taken as ended. */
export async function* tarFiles(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarFile> {
  const reading: Reading = { ended: false, ahead: 0 };
  const archive = extract();
  // What goes wrong in it is thrown by the archive.
  pipeline(Readable.from(bounded(source, reading)), archive, () => undefined);
  try {
    for await (const entry of archive) {
      reading.ahead = 0;
      const { name, type, size = 0 } = entry.header;
      // A header may name any number, and one that is none would be waited for in vain.
      if (!Number.isSafeInteger(size) || size < 0) throw new Error(`The file ${name} has no size.`);
      const pieces = entry[Symbol.asyncIterator]();
      if (type === 'file') yield { name, content: contentOf(pieces, reading) };
      for await (const _ of contentOf(pieces, reading));
    }
  } catch (error) {
    throw seenAs(error, reading);
  }
}

async function* bounded(source: AsyncIterable<Uint8Array>, reading: Reading): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    reading.ahead += piece.length;
    if (reading.ahead > MAX_HEADERS + piece.length)
      throw new Error('The archive has a header without an end.');
    yield piece;
  }
  reading.ended = true;
}

/** Whoever stops early leaves the rest to the next reader of the same pieces: an entry that is left by `break` takes the archive with it. */
async function* contentOf(
  pieces: ReturnType<Entry[typeof Symbol.asyncIterator]>,
  reading: Reading,
): AsyncGenerator<Uint8Array> {
  try {
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
      const piece = next.value as Uint8Array;
      reading.ahead -= piece.length;
      yield piece;
    }
  } catch (error) {
    throw seenAs(error, reading);
  }
}

function seenAs(error: unknown, { ended }: Reading): unknown {
  return ended ? new Error('The archive ends in the middle of a file.', { cause: error }) : error;
}

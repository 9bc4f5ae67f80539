/** Tells by their first bytes what is compressed or archived: a secret in it would not be seen. Pure. */

export type Packing = 'zip' | 'gzip' | 'other';

/** How many of the first bytes tell. */
export const TELLING_BYTES = 262;

const ZIP = ['504b0304', '504b0506', '504b0708'];
const GZIP = ['1f8b'];
/** zstd, xz, bzip2, 7z, rar, lz4, lzip, compress, PostgreSQL's own dump, PDF. */
const OTHERS = [
  '28b52ffd', 'fd377a585a00', '425a68', '377abcaf271c', '526172211a07', '04224d18', '4c5a4950', '1f9d',
  '5047444d50', '255044462d',
]; // oxfmt-ignore

const begins = (bytes: Buffer, hexes: readonly string[]): boolean =>
  hexes.some((hex) => bytes.subarray(0, hex.length / 2).toString('hex') === hex);

/**
 * Null where the bytes are as they seem. Pictures and fonts are packed as well, and are not counted here: what they show is no text.
 * A tar is not packed, but what is in it may be.
 */
export function packingOf(first: Uint8Array): Packing | null {
  const bytes = Buffer.from(first.buffer, first.byteOffset, first.byteLength);
  if (begins(bytes, ZIP)) return 'zip';
  if (begins(bytes, GZIP)) return 'gzip';
  return begins(bytes, OTHERS) || bytes.toString('latin1', 257, 262) === 'ustar' ? 'other' : null;
}

/** Looks for a text in bytes that arrive in pieces, also where it is encoded. Pure but for what it keeps between pieces. */
import { makeSecretSearch } from './secret-search.ts';

export interface Scan {
  readonly found: boolean;
  /** Something in it is packed, so that a text may be there and not be seen. */
  readonly packed: boolean;
}

/** gzip, zstd, xz, bzip2, and PostgreSQL's own dump format. */
const PACKED = ['1f8b08', '28b52ffd', 'fd377a585a00', '425a6839', '5047444d50'].map((hex) =>
  Buffer.from(hex, 'hex'),
);

/** Also where it is encoded or wrapped: dumps write binary columns in hex, and `base64` breaks its lines anywhere. */
export function makeScanner(text: string): { push(piece: Uint8Array): void; result(): Scan } {
  const look = makeSecretSearch({ text }).look();
  const overlap = Math.max(...PACKED.map(({ length }) => length)) - 1;
  let tail: Buffer = Buffer.alloc(0);
  let packed = false;
  return {
    push: (piece) => {
      look.push(piece);
      const window = Buffer.concat([tail, piece]);
      packed ||= PACKED.some((magic) => window.includes(magic));
      tail = window.subarray(Math.max(0, window.length - overlap));
    },
    result: () => ({ found: look.found().length > 0, packed }),
  };
}

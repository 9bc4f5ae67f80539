/** Looks for a text in bytes that arrive in pieces. Pure but for what it keeps between pieces. */

export interface Scan {
  readonly found: boolean;
  /** Something in it is packed, so that a text may be there and not be seen. */
  readonly packed: boolean;
}

/** gzip, zstd, xz, bzip2, and PostgreSQL's own dump format. */
const PACKED = ['1f8b08', '28b52ffd', 'fd377a585a00', '425a6839', '5047444d50'].map((hex) =>
  Buffer.from(hex, 'hex'),
);

export function makeScanner(text: string): { push(piece: Uint8Array): void; result(): Scan } {
  const wanted = Buffer.from(text);
  const overlap = Math.max(wanted.length, ...PACKED.map(({ length }) => length)) - 1;
  let tail: Buffer = Buffer.alloc(0);
  let found = false;
  let packed = false;
  return {
    push: (piece) => {
      const window = Buffer.concat([tail, piece]);
      found ||= window.includes(wanted);
      packed ||= PACKED.some((magic) => window.includes(magic));
      tail = window.subarray(Math.max(0, window.length - overlap));
    },
    result: () => ({ found, packed }),
  };
}

/** Looks for a text in bytes that arrive in pieces, also where it is encoded. Pure but for what it keeps between pieces. */
import { formsOf } from './redact.ts';

export interface Scan {
  readonly found: boolean;
  /** Something in it is packed, so that a text may be there and not be seen. */
  readonly packed: boolean;
}

/** gzip, zstd, xz, bzip2, and PostgreSQL's own dump format. */
const PACKED = ['1f8b08', '28b52ffd', 'fd377a585a00', '425a6839', '5047444d50'].map((hex) =>
  Buffer.from(hex, 'hex'),
);

/** Of a text without line breaks: dumps write binary columns in hex, and `base64` breaks its lines anywhere. */
export function makeScanner(text: string): { push(piece: Uint8Array): void; result(): Scan } {
  const wanted = formsOf([text]);
  const kept = Math.max(...wanted.map(({ length }) => length), ...PACKED.map(({ length }) => length)) - 1;
  let bytes: Buffer = Buffer.alloc(0);
  let said = '';
  let found = false;
  let packed = false;
  return {
    push: (piece) => {
      bytes = Buffer.concat([bytes, piece]);
      packed ||= PACKED.some((magic) => bytes.includes(magic));
      bytes = bytes.subarray(Math.max(0, bytes.length - kept));
      if (found) return;
      said += Buffer.from(piece)
        .toString('latin1')
        .replaceAll(/[\r\n]/g, '');
      found = wanted.some((form) => said.includes(form));
      said = said.slice(-kept);
    },
    result: () => ({ found, packed }),
  };
}

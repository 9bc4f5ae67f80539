/** Finds databases' dumps in a tar archive that arrives in pieces, and tells those that were cut short. Pure but for what it keeps between pieces. */

export interface Dumps {
  readonly whole: number;
  /** File name in the archive and whose dump it is, or null where all are whole. */
  readonly cut: { readonly file: string; readonly of: string } | null;
}

interface Kind {
  readonly of: string;
  readonly begins: RegExp;
  readonly ends: string;
}

/** First and last line as the databases' own tools write them into a plain dump; one without comments is not known. */
const KINDS: readonly Kind[] = [
  {
    of: 'PostgreSQL',
    begins: /^--\n-- PostgreSQL database dump\n/,
    ends: '-- PostgreSQL database dump complete',
  },
  {
    of: 'PostgreSQL',
    begins: /^--\n-- PostgreSQL database cluster dump\n/,
    ends: '-- PostgreSQL database cluster dump complete',
  },
  { of: 'MySQL', begins: /^(?:\/\*M?![^\n]*\n)?-- (?:MySQL|MariaDB) dump /, ends: '-- Dump completed' },
];
/** A file's content begins at a multiple of this, in the block after its header. */
const BLOCK = 512;
/** Length of the name at the beginning of a header. */
const NAME = 100;
const LONGEST_END = Math.max(...KINDS.map(({ ends }) => ends.length));

export function makeDumpFinder(): { push(piece: Uint8Array): void; result(): Dumps } {
  let rest: Buffer = Buffer.alloc(0);
  let before = '';
  let open: { kind: Kind; file: string } | null = null;
  let whole = 0;
  let cut: Dumps['cut'] = null;

  const close = (): void => {
    if (open !== null) cut ??= { file: open.file, of: open.kind.of };
    open = null;
  };
  const look = (block: string): void => {
    const kind = KINDS.find(({ begins }) => begins.test(block));
    if (kind !== undefined) {
      close();
      open = { kind, file: before.slice(0, NAME).replace(/\0.*$/s, '') };
    }
    if (open?.kind !== undefined && (before.slice(-LONGEST_END) + block).includes(open.kind.ends)) {
      open = null;
      whole += 1;
    }
    before = block;
  };
  return {
    push: (piece) => {
      const bytes = Buffer.concat([rest, piece]);
      const blocks = Math.floor(bytes.length / BLOCK);
      for (let at = 0; at < blocks; at += 1) look(bytes.toString('latin1', at * BLOCK, (at + 1) * BLOCK));
      rest = bytes.subarray(blocks * BLOCK);
    },
    result: () => {
      close();
      return { whole, cut };
    },
  };
}

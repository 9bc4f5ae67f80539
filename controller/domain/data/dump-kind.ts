/** Dumps of databases, told by their first and last lines. Pure. */

/** What a dump begins with, and what the same program writes when it is done. */
const KINDS: readonly { readonly begins: RegExp; readonly ends: RegExp }[] = [
  { begins: /^-- (?:MySQL|MariaDB) dump /m, ends: /^-- Dump completed/m },
  { begins: /^-- PostgreSQL database dump$/m, ends: /^-- PostgreSQL database dump complete$/m },
  {
    begins: /^-- PostgreSQL database cluster dump$/m,
    ends: /^-- PostgreSQL database cluster dump complete$/m,
  },
  { begins: /^PRAGMA foreign_keys=OFF;\r?\nBEGIN TRANSACTION;/, ends: /^COMMIT;/m },
];

/** Of a file's first and last lines: no dump that is known, a whole one, or one that was cut off. */
export function dumpKind(start: string, end: string): 'none' | 'whole' | 'unfinished' {
  const kind = KINDS.find(({ begins }) => begins.test(start));
  if (kind === undefined) return 'none';
  return kind.ends.test(end) ? 'whole' : 'unfinished';
}

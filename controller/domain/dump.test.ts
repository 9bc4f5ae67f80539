import { describe, expect, it } from 'vitest';
import { type Dumps, makeDumpFinder } from './dump.ts';

/** As tar has a file: a header that begins with the name, the content, both in blocks of 512 bytes. */
function file(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name);
  const body = Buffer.from(content);
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

function found(archive: Buffer, size = archive.length): Dumps {
  const finder = makeDumpFinder();
  for (let at = 0; at < archive.length; at += size) finder.push(archive.subarray(at, at + size));
  return finder.result();
}

const rows = "INSERT INTO notes VALUES ('a note');\n".repeat(40);
const POSTGRES = '--\n-- PostgreSQL database dump\n--\n';
const postgres = `${POSTGRES}${rows}--\n-- PostgreSQL database dump complete\n--\n`;
const cluster = `--\n-- PostgreSQL database cluster dump\n--\n${postgres}${rows}--\n-- PostgreSQL database cluster dump complete\n--\n`;
const mariadb = `/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19  Distrib 10.11\n${rows}-- Dump completed on 2026-01-01\n`;
const mysql = `-- MySQL dump 10.13  Distrib 8.0\n${rows}-- Dump completed on 2026-01-01\n`;

describe('makeDumpFinder', () => {
  it.each([
    { because: 'no dump is none', archive: file('index.html', rows), whole: 0 },
    { because: 'PostgreSQL’s last line ends it', archive: file('backup.sql', postgres), whole: 1 },
    { because: 'a cluster is one dump that holds others', archive: file('all.sql', cluster), whole: 1 },
    { because: 'MariaDB’s may begin with a command', archive: file('backup.sql', mariadb), whole: 1 },
    { because: 'MySQL’s is known as well', archive: file('backup.sql', mysql), whole: 1 },
    {
      because: 'each file is looked at',
      archive: Buffer.concat([file('a.sql', postgres), file('b.txt', rows), file('c.sql', mysql)]),
      whole: 2,
    },
    {
      because: 'what only speaks of a dump is none',
      archive: file('help.txt', `See:\n${POSTGRES}`),
      whole: 0,
    },
  ])('$because', ({ archive, whole }) => {
    for (const size of [archive.length, 700, 512, 7])
      expect(found(archive, size)).toEqual({ whole, cut: null });
  });

  it.each([
    {
      because: 'a dump without its last line was cut short',
      archive: file('backup.sql', postgres.slice(0, -60)),
      want: { whole: 0, cut: { file: 'backup.sql', of: 'PostgreSQL' } },
    },
    {
      because: 'the end of an inner dump does not end the cluster’s',
      archive: file('all.sql', cluster.slice(0, -60)),
      want: { whole: 0, cut: { file: 'all.sql', of: 'PostgreSQL' } },
    },
    {
      because: 'the end of another file does not end it',
      archive: Buffer.concat([file('a.sql', mariadb.slice(0, -50)), file('b.sql', mariadb)]),
      want: { whole: 1, cut: { file: 'a.sql', of: 'MySQL' } },
    },
  ])('$because', ({ archive, want }) => {
    for (const size of [archive.length, 700, 512, 7]) expect(found(archive, size)).toEqual(want);
  });
});

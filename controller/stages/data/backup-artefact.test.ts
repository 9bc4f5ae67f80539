import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgedArtefact } from './backup-artefact.ts';
import { type FileSeen, inspectFile } from './backed-up-file.ts';
import { StageFailure } from '../step/report.ts';
import { tarFiles } from './tar.ts';

const MARKER = 'ccci-ledger-0123456789abcdef';
const DATA = `one\n${MARKER}\n${'x'.repeat(5_000)}\n`;
const PG = (end: string): string =>
  `--\n-- PostgreSQL database dump\n--\nSET x;\n${MARKER}\n${'y'.repeat(5_000)}${end}`;

let dir: string;
let made = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-artefact-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

type Files = Readonly<Record<string, string | Buffer>>;
interface Good {
  readonly because: string;
  readonly files: Files;
}
interface Bad extends Good {
  readonly reason: string;
  readonly says: RegExp;
}

/** The bytes of an archive that the machine's own tar made of them, in pieces of an awkward size. */
async function* archiveOf(files: Files): AsyncGenerator<Uint8Array> {
  const root = join(dir, String((made += 1)));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, dirname(path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  await mkdir(join(root, 'an-empty-folder'), { recursive: true });
  const { stdout } = await execa('tar', ['--format=pax', '-C', root, '-c', '.'], { encoding: 'buffer' });
  for (let at = 0; at < stdout.length; at += 700) yield stdout.subarray(at, at + 700);
}

async function seenIn(files: Files): Promise<FileSeen[]> {
  const seen: FileSeen[] = [];
  for await (const file of tarFiles(archiveOf(files))) seen.push(await inspectFile(file, MARKER));
  return seen;
}

const packed = gzipSync(DATA);

describe('the files of an archive', () => {
  it('are all found, with long names, and whatever was read of each', async () => {
    const long = `${'deep/'.repeat(40)}file.txt`;
    const names: string[] = [];
    for await (const { name, content } of tarFiles(archiveOf({ 'a.txt': DATA, [long]: DATA, empty: '' }))) {
      names.push(name.replace(/^\.\//, ''));
      if (names.length === 2) for await (const piece of content) expect(piece.length).toBeGreaterThan(0);
    }
    expect(names.sort()).toEqual(['a.txt', long, 'empty'].sort());
  });

  it('cannot end in the middle of one', async () => {
    const whole = (await Array.fromAsync(archiveOf({ 'a.txt': DATA }))).slice(0, -16);
    const short = async function* () {
      yield* whole.slice(0, 10);
    };
    const reading = async (): Promise<void> => {
      for await (const file of tarFiles(short())) await inspectFile(file, MARKER);
    };
    await expect(reading()).rejects.toThrow('ends in the middle of a file');
  });
});

describe('what is said of a backup', () => {
  it.each<Good>([
    { because: 'plain text is looked through', files: { 'a.txt': DATA } },
    { because: 'gzip is opened', files: { 'dump/all.gz': packed } },
    { because: 'zstd is opened', files: { 'dump/all.zst': zstdCompressSync(DATA) } },
    { because: 'a whole dump is whole', files: { 'dump.sql': PG('\n--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc\n') } },
    { because: 'a packed log that the app is still writing is its own affair', files: { 'a.txt': DATA, 'log.gz': gzipSync('some log').subarray(0, 12) } },
  ])('$because, and holds the data', async ({ files }) => {
    expect(judgedArtefact(await seenIn(files), [])).toMatchObject({ checked: true, holdsMarker: true });
  }); // oxfmt-ignore

  it('whole dumps are counted', async () => {
    const whole = PG('\n--\n-- PostgreSQL database dump complete\n--\n');
    const { detail } = judgedArtefact(await seenIn({ 'dump.sql': whole, 'a.txt': DATA }), []);
    expect(detail).toMatch(/^2 files, \d+ bytes, 1 whole dump; what was seeded is in it$/);
  });

  it('what cannot be opened is not judged', async () => {
    const files = { 'all.custom': Buffer.concat([Buffer.from('PGDMP'), Buffer.from(packed.toString('base64'))]) };
    const { holdsMarker, detail } = judgedArtefact(await seenIn(files), []);
    expect(holdsMarker).toBeNull();
    expect(detail).toMatch(/all\.custom cannot be looked into/);
  }); // oxfmt-ignore

  it.each<Bad>([
    { because: 'nothing but folders', files: {}, reason: 'BackupEmpty', says: /nothing in it/ },
    { because: 'an empty file', files: { 'dump.sql': '' }, reason: 'BackupEmpty', says: /nothing in it/ },
    { because: 'other data', files: { 'a.txt': 'another' }, reason: 'BackupMissesData', says: /is not in it\.$/ },
    { because: 'a pipe whose first part failed', files: { 'all.gz': gzipSync('') }, reason: 'BackupMissesData', says: /all\.gz is packed, and empty inside/ },
    { because: 'gzip that ends too early', files: { 'all.gz': packed.subarray(0, -12) }, reason: 'BackupTruncated', says: /all\.gz of the backup is not whole: unexpected end of file/ },
    { because: 'gzip that is damaged', files: { 'all.gz': Buffer.concat([packed.subarray(0, 30), Buffer.from('xxxxxx'), packed.subarray(36)]) }, reason: 'BackupTruncated', says: /not whole/ },
    { because: 'a dump without its last line, though the data is in its first part', files: { 'dump.sql': PG('') }, reason: 'BackupTruncated', says: /its last line is not/ },
    { because: 'the same, packed', files: { 'dump.sql.gz': gzipSync(PG('')) }, reason: 'BackupTruncated', says: /its last line is not/ },
  ])('$because is red', async ({ files, reason, says }) => {
    const seen = await seenIn(files);
    const judging = (): unknown => judgedArtefact(seen, ['hook of app ended well and said: no such table']);
    expect(judging).toThrow(StageFailure);
    try {
      judging();
    } catch (error) {
      const { failure } = error as StageFailure;
      expect(failure.reason).toBe(reason);
      expect(failure.message).toMatch(says);
      expect(failure.evidence).toMatch(/^\d+ files, \d+ bytes\n(?:.*\n)*hook of app ended well and said/);
      expect(failure.nextStep).toMatch(/pipefail/);
    }
  }); // oxfmt-ignore
});

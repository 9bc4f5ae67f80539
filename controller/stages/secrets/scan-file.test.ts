import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../config.ts';
import { makeSecretSearch } from '../../domain/secrets/secret-search.ts';
import { launchBrowser } from '../sandbox/browser.ts';
import { type LookLimits, scanFile } from './scan-file.ts';

const SECRET = 'kq7zKQ9/canary+secret';
const BASE64 = Buffer.from(`admin:${SECRET}`).toString('base64');
const CHROMIUM = '/usr/bin/chromium';
const search = makeSecretSearch({ other: 'not-to-be-found', token: SECRET });
let dir: string;
beforeAll(async () => (dir = await mkdtemp(join(tmpdir(), 'ccci-look-'))));
afterAll(() => rm(dir, { recursive: true, force: true }));

async function looked(name: string, content: string | Buffer, limits: Partial<LookLimits> = {}) {
  const file = join(dir, name);
  await writeFile(file, content);
  return scanFile(file, search, { unpackedBytes: 1_000_000, until: Infinity, ...limits });
}

interface Entry {
  readonly name?: string;
  readonly content: string | Buffer;
  readonly stored?: true;
  readonly flags?: number;
  readonly method?: number;
  /** What stands behind the entry. */
  readonly after?: Buffer;
}

/** An entry, and its line in the directory, if it begins there. */
function packed(entry: Entry, at: number): { local: Buffer; listed: Buffer } {
  const { name = 'entry.txt', content, stored = false, flags = 0, after = '', method = stored ? 0 : 8 } = entry;
  const bytes = Buffer.from(content);
  const body = stored ? bytes : deflateRawSync(bytes);
  const fields = Buffer.alloc(26);
  for (const [value, field] of [[20, 0], [flags, 2], [method, 4], [Buffer.byteLength(name), 22]] as const) fields.writeUInt16LE(value, field);
  for (const [value, field] of [[crc32(bytes), 10], [body.length, 14], [bytes.length, 18]] as const) fields.writeUInt32LE(value, field);
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(at, 10);
  return {
    local: Buffer.concat([Buffer.from('PK\u0003\u0004'), fields, Buffer.from(name), body, Buffer.from(after)]),
    listed: Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\0'), fields, tail, Buffer.from(name)]),
  };
} // oxfmt-ignore

/** A zip as programs write it, or with one thing wrong. */
function zip(entries: readonly Entry[], { comment = '', count = entries.length } = {}): Buffer {
  let [content, list] = [Buffer.alloc(0), Buffer.alloc(0)];
  for (const entry of entries) {
    const { local, listed } = packed(entry, content.length);
    content = Buffer.concat([content, local]);
    list = Buffer.concat([list, listed]);
  }
  const end = Buffer.alloc(18);
  for (const field of [4, 6]) end.writeUInt16LE(count, field);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(content.length, 12);
  end.writeUInt16LE(comment.length, 16);
  return Buffer.concat([content, list, Buffer.from('PK\u0005\u0006'), end, Buffer.from(comment)]);
}

/** Packed well, and not to be seen from outside. */
const HIDDEN = `${'{"request":"/"}\n'.repeat(200)}${BASE64}\n${'{"request":"/"}\n'.repeat(200)}`;
const INNOCENT = HIDDEN.replace(BASE64, 'nothing');
const DESCRIPTOR = Buffer.alloc(16, 1);
const line = (from: string, text: string): string =>
  `${JSON.stringify({ time: '2026-11-23T09:22:18.502Z', level: 'info', from, text })}\n`;
const HALVES = [SECRET.slice(0, 9), SECRET.slice(9)] as const;

describe('a secret', () => {
  it.each([
    { because: 'in a text', name: 'a.txt', content: `a ${SECRET} b` },
    { because: 'encoded, among bytes', name: 'a.bin', content: Buffer.from([0, 255, ...Buffer.from(BASE64), 0]) },
    { because: 'over the edge of what is read at once', name: 'a.txt', content: `${' '.repeat(256 * 1024 - 5)}${SECRET}` },
    { because: 'in lines of a log', name: 'log.ndjson', content: line('app', `is ${HALVES[0]}`) + line('db', 'no') + line('app', HALVES[1]) },
    { because: 'in the last line, without its end', name: 'log.ndjson', content: (line('app', HALVES[0]) + line('app', HALVES[1])).trim() },
    { because: 'in lines of an app’s log', name: 'app.log', content: `2026-11-23T09:22:18.5Z t1 is ${HALVES[0]}\n2026-11-23T09:22:18.6Z t1 ${HALVES[1]}\n` },
    { because: 'in a gzip', name: 'a.har.gz', content: gzipSync(HIDDEN) },
    { because: 'in a zip', name: 'trace.zip', content: zip([{ content: INNOCENT }, { content: HIDDEN }]) },
    { because: 'in a zip as it is', name: 'trace.zip', content: zip([{ content: HIDDEN, stored: true }]) },
    { because: 'in a zip that was written as a stream', name: 'trace.zip', content: zip([{ content: INNOCENT, flags: 8, after: DESCRIPTOR }, { content: HIDDEN, flags: 8, after: DESCRIPTOR }]) },
    { because: 'in the name of an entry', name: 'trace.zip', content: zip([{ content: INNOCENT, name: `a/${SECRET}` }]) },
    { because: 'in the comment of a zip', name: 'trace.zip', content: zip([{ content: INNOCENT }], { comment: SECRET }) },
  ])('is found $because', async ({ name, content }) => {
    const { found, why, bytes } = await looked(name, content);
    expect({ found, why }).toEqual({ found: ['token'], why: null });
    expect(bytes).toBeGreaterThanOrEqual(content.length);
  }); // oxfmt-ignore

  it('is not found where it is not, and all of it was looked at', async () => {
    const archive = zip([{ content: INNOCENT }, { content: '' }, { content: 'x', stored: true }]);
    const bytes = archive.length + INNOCENT.length + 1;
    expect(await looked('trace.zip', archive)).toEqual({ found: [], why: null, bytes });
    const lines = line('app', HALVES[0]) + line('db', HALVES[1]);
    expect(await looked('log.ndjson', lines)).toEqual({ found: [], why: null, bytes: lines.length });
    expect(await looked('empty', '')).toEqual({ found: [], why: null, bytes: 0 });
    expect(await looked('empty.zip', zip([]))).toMatchObject({ found: [], why: null });
  });
});

describe.skipIf(!existsSync(CHROMIUM))('a browser’s trace', { timeout: 120_000 }, () => {
  it.each([
    { because: 'in what was typed', typed: SECRET, want: ['token'] },
    { because: 'not where nothing was', typed: 'hello', want: [] },
  ])('is looked through: the secret is $because', async ({ typed, want }) => {
    const { baseEnv: env } = readConfig();
    const launched = await launchBrowser({
      address: null,
      domain: 'app.ci.test',
      caFile: null,
      chromium: CHROMIUM,
      env,
    });
    const file = join(dir, 'trace.zip');
    try {
      const session = await launched.browser.newContext();
      await session.tracing.start({ screenshots: true, snapshots: true });
      const page = await session.newPage();
      await page.setContent('<input type="password">');
      await page.fill('input', typed);
      await session.tracing.stop({ path: file });
    } finally {
      await launched.close();
    }
    const { found, why, bytes } = await scanFile(file, search, { unpackedBytes: 1e9, until: Infinity });
    expect({ found, why }).toEqual({ found: want, why: null });
    expect(bytes).toBeGreaterThan(2 * (await stat(file)).size);
  });
});

describe('what cannot be looked through as a whole', () => {
  const bomb = Buffer.alloc(5_000_000);
  const broken = gzipSync(INNOCENT);
  broken.fill(0xff, 20, 40);
  it.each([
    { because: 'a bomb', content: zip([{ content: bomb }]), why: 'it unpacks to too much' },
    { because: 'a bomb in many entries', content: zip(Array.from({ length: 6 }, () => ({ content: bomb.subarray(0, 200_000) }))), why: 'it unpacks to too much' },
    { because: 'a gzip bomb', content: gzipSync(bomb), why: 'it unpacks to too much' },
    { because: 'an archive in an archive', content: zip([{ content: zip([{ content: HIDDEN }]) }]), why: 'an archive is packed in it' },
    { because: 'a gzip in an archive', content: zip([{ content: gzipSync(HIDDEN), stored: true }]), why: 'an archive is packed in it' },
    { because: 'an encrypted entry', content: zip([{ content: HIDDEN, flags: 1 }]), why: 'the archive is encrypted' },
    { because: 'another method', content: zip([{ content: HIDDEN, method: 12 }]), why: 'the archive is packed in a way of its own' },
    { because: 'bytes that no entry names', content: zip([{ content: INNOCENT, after: deflateRawSync(HIDDEN) }, { content: INNOCENT }]), why: 'the archive holds more than its entries' },
    { because: 'bytes before the directory', content: zip([{ content: INNOCENT, after: deflateRawSync(HIDDEN) }]), why: 'the archive holds more than its entries' },
    { because: 'a directory that leaves something out', content: zip([{ content: INNOCENT }], { count: 2 }), why: 'the archive’s directory cannot be read' },
    { because: 'a zip that is cut off', content: zip([{ content: INNOCENT }]).subarray(0, -30), why: 'the archive has no end' },
    { because: 'a zip of more than 65535 entries', content: zip([{ content: INNOCENT }], { count: 0xffff }), why: 'the archive is too large' },
    { because: 'a gzip that is broken', content: broken, why: expect.stringMatching(/^it cannot be read \(Z_\w+_ERROR\)$/) },
    { because: 'a gzip that is cut off', content: gzipSync(HIDDEN).subarray(0, -20), why: 'it cannot be read (Z_BUF_ERROR)' },
    { because: 'zstd', content: zstdCompressSync(INNOCENT), why: 'it is an archive of a kind that is not opened' },
    { because: 'a tar', content: Buffer.from(`${'\0'.repeat(257)}ustar${'\0'.repeat(250)}`), why: 'it is an archive of a kind that is not opened' },
    { because: 'a PDF', content: '%PDF-1.7\n', why: 'it is an archive of a kind that is not opened' },
  ])('is said: $because', async ({ content, why }) => {
    expect(await looked('packed', content)).toMatchObject({ found: [], why });
  }); // oxfmt-ignore

  it('is what there was no time for', async () => {
    const limits = { until: performance.now() - 1 };
    expect(await looked('late', 'text', limits)).toMatchObject({ why: 'there was no time left to look' });
  });

  it('is a link, wherever it leads', async () => {
    const link = join(dir, 'link');
    await symlink('/etc/passwd', link);
    expect(await scanFile(link, search, { unpackedBytes: 1, until: Infinity })).toEqual({
      found: [],
      bytes: 0,
      why: 'it cannot be read (ELOOP)',
    });
  });

  it('is nothing that is gone', async () => {
    const seen = await scanFile(join(dir, 'gone'), search, { unpackedBytes: 1, until: Infinity });
    expect(seen).toEqual({ found: [], bytes: 0, why: null });
  });

  it('may show a secret all the same', async () => {
    const text = `${SECRET} `;
    const content = zip([{ content: text, stored: true, flags: 1 }]);
    expect(await looked('a.zip', content)).toMatchObject({
      found: ['token'],
      why: 'the archive is encrypted',
    });
  });
});

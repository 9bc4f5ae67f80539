/** The entries of a zip file that lies on the disk. Refuses one that holds anything besides its entries, or that cannot be read as a whole. */
import type { FileHandle } from 'node:fs/promises';

/** Said of an archive that cannot be looked through, without a word of what is in it. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

export interface ZipEntry {
  readonly name: Buffer;
  readonly deflated: boolean;
  /** Where its bytes lie in the file. */
  readonly from: number;
  readonly bytes: number;
}

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const MAX_COMMENT = 65_535;
/** A directory of a hundred thousand entries is 10 MiB. */
const MAX_DIRECTORY = 16 * 1024 * 1024;
/** What may stand behind an entry: its checksum and its sizes, once more. */
const MAX_DESCRIPTOR = 24;
const ENCRYPTED = 1;
const [STORED, DEFLATED] = [0, 8];
const IN_ZIP64 = [0xffff, 0xffffffff];

async function bytesAt(file: FileHandle, from: number, count: number): Promise<Buffer> {
  const buffer = Buffer.alloc(count);
  const { bytesRead } = await file.read(buffer, 0, count, from);
  if (bytesRead !== count) throw new Unreadable('the archive is cut off');
  return buffer;
}

interface End {
  readonly entries: number;
  /** Of the directory. */
  readonly from: number;
  readonly bytes: number;
}

async function endOf(file: FileHandle, size: number): Promise<End> {
  const count = Math.min(size, END_BYTES + MAX_COMMENT);
  const tail = await bytesAt(file, size - count, count);
  for (let at = count - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END || at + END_BYTES + tail.readUInt16LE(at + 20) !== count) continue;
    const [entries, bytes, from] = [
      tail.readUInt16LE(at + 10),
      tail.readUInt32LE(at + 12),
      tail.readUInt32LE(at + 16),
    ];
    if ([entries, bytes, from].some((each) => IN_ZIP64.includes(each)))
      throw new Unreadable('the archive is too large');
    if (from + bytes !== size - count + at || bytes > MAX_DIRECTORY)
      throw new Unreadable('the archive’s directory is not where it should be');
    return { entries, from, bytes };
  }
  throw new Unreadable('the archive has no end');
}

interface Listed extends Omit<ZipEntry, 'from'> {
  readonly headerAt: number;
}

function listed(directory: Buffer, at: number): { entry: Listed; next: number } {
  if (at + 46 > directory.length || directory.readUInt32LE(at) !== CENTRAL)
    throw new Unreadable('the archive’s directory cannot be read');
  const [flags, method] = [directory.readUInt16LE(at + 8), directory.readUInt16LE(at + 10)];
  if ((flags & ENCRYPTED) !== 0) throw new Unreadable('the archive is encrypted');
  if (method !== STORED && method !== DEFLATED)
    throw new Unreadable('the archive is packed in a way of its own');
  const [name, extra, comment] = [28, 30, 32].map((field) => directory.readUInt16LE(at + field));
  const nameEnd = at + 46 + (name ?? 0);
  const entry = {
    name: directory.subarray(at + 46, nameEnd),
    deflated: method === DEFLATED,
    bytes: directory.readUInt32LE(at + 20),
    headerAt: directory.readUInt32LE(at + 42),
  };
  return { entry, next: nameEnd + (extra ?? 0) + (comment ?? 0) };
}

/** In the order of the file. */
export async function zipEntries(file: FileHandle, size: number): Promise<ZipEntry[]> {
  const end = await endOf(file, size);
  const directory = await bytesAt(file, end.from, end.bytes);
  const all: Listed[] = [];
  for (let at = 0; at < directory.length;) {
    const { entry, next } = listed(directory, at);
    all.push(entry);
    at = next;
  }
  if (all.length !== end.entries) throw new Unreadable('the archive’s directory cannot be read');
  const found: ZipEntry[] = [];
  let reached = 0;
  for (const { headerAt, ...entry } of all.sort((a, b) => a.headerAt - b.headerAt)) {
    const from = await contentAt(file, { headerAt, reached });
    reached = from + entry.bytes;
    found.push({ ...entry, from });
  }
  expectNoGap(reached, end.from);
  return found;
}

async function contentAt(
  file: FileHandle,
  { headerAt, reached }: { readonly headerAt: number; readonly reached: number },
): Promise<number> {
  expectNoGap(reached, headerAt);
  const header = await bytesAt(file, headerAt, 30);
  if (header.readUInt32LE(0) !== LOCAL)
    throw new Unreadable('an entry of the archive is not where it should be');
  return headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
}

/** What no entry names could be packed, and nobody would look into it. */
function expectNoGap(reached: number, next: number): void {
  if (next < reached || next - reached > (reached === 0 ? 0 : MAX_DESCRIPTOR))
    throw new Unreadable('the archive holds more than its entries');
}

/** Looks through one file for secrets: its bytes, what is packed in it, and what its lines say when they are put together. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createInflateRaw } from 'node:zlib';
import { packingOf, TELLING_BYTES } from '../../domain/secrets/packed.ts';
import type { Look, SecretSearch } from '../../domain/secrets/secret-search.ts';
import { codeOf } from '../../runtime/errors.ts';
import { isLog, lineLook } from './scan-lines.ts';
import { Unreadable, zipEntries } from './zip.ts';

export interface Looked {
  /** Names of the secrets in it. */
  readonly found: readonly string[];
  /** With what was unpacked. */
  readonly bytes: number;
  /** Why it could not be looked through as a whole, or null. */
  readonly why: string | null;
}

export interface LookLimits {
  /** Of one file, unpacked. */
  readonly unpackedBytes: number;
  /** On the clock of `performance.now()`. */
  readonly until: number;
}

interface Looking {
  readonly search: SecretSearch;
  readonly limits: LookLimits;
  readonly found: Set<string>;
  bytes: number;
  unpacked: number;
}

/** What cannot be read is told, not thrown: it is no less dangerous than what holds a secret. */
export async function scanFile(path: string, search: SecretSearch, limits: LookLimits): Promise<Looked> {
  const looking: Looking = { search, limits, found: new Set(), bytes: 0, unpacked: 0 };
  const why = await problemOf(path, looking);
  return { found: search.names.filter((name) => looking.found.has(name)), bytes: looking.bytes, why };
}

async function problemOf(path: string, looking: Looking): Promise<string | null> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      await lookInto(file, path, looking);
    } finally {
      await file.close();
    }
    return null;
  } catch (error) {
    if (error instanceof Unreadable) return error.message;
    const code = codeOf(error);
    if (code === '') throw error;
    // Gone since it was listed: there is nothing that anybody could see.
    return code === 'ENOENT' ? null : `it cannot be read (${code})`;
  }
}

async function lookInto(file: FileHandle, path: string, looking: Looking): Promise<void> {
  const { size } = await file.stat();
  const whole = looking.search.look();
  const lines = isLog(path) ? lineLook(looking.search) : null;
  const first = await taken([piecesOf(file, 0, Infinity)], (piece) => {
    count(looking, piece);
    whole.push(piece);
    lines?.push(piece);
  });
  note(looking, whole);
  for (const name of lines?.found() ?? []) looking.found.add(name);
  const packing = packingOf(first);
  if (packing === 'other') throw new Unreadable('it is an archive of a kind that is not opened');
  if (packing === 'gzip') await lookIntoPacked([piecesOf(file, 0, size), createGunzip()], looking);
  if (packing === 'zip') await lookIntoZip(file, size, looking);
}

async function lookIntoZip(file: FileHandle, size: number, looking: Looking): Promise<void> {
  for (const { name, deflated, from, bytes } of await zipEntries(file, size)) {
    const named = looking.search.look();
    named.push(name);
    note(looking, named);
    const packed = piecesOf(file, from, from + bytes);
    await lookIntoPacked(deflated ? [packed, createInflateRaw()] : [packed], looking);
  }
}

async function lookIntoPacked(streams: Streams, looking: Looking): Promise<void> {
  const look = looking.search.look();
  const first = await taken(streams, (piece) => {
    looking.unpacked += piece.length;
    if (looking.unpacked > looking.limits.unpackedBytes) throw new Unreadable('it unpacks to too much');
    count(looking, piece);
    look.push(piece);
  });
  note(looking, look);
  if (packingOf(first) !== null) throw new Unreadable('an archive is packed in it');
}

function count(looking: Looking, piece: Uint8Array): void {
  looking.bytes += piece.length;
  if (performance.now() > looking.limits.until) throw new Unreadable('there was no time left to look');
}

function note({ found }: Looking, look: Look): void {
  for (const name of look.found()) found.add(name);
}

type Streams = readonly [AsyncIterable<Uint8Array>, ...Transform[]];

const PIECE = 256 * 1024;

/** To the end of the file, or to `end`. */
async function* piecesOf(file: FileHandle, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end;) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(PIECE, end - at)), { position: at });
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

/** Gives every piece away, and returns the first bytes. Throws what a stream or `take` throws. */
async function taken(streams: Streams, take: (piece: Uint8Array) => void): Promise<Uint8Array> {
  let first: Uint8Array = Buffer.alloc(0);
  await pipeline([
    ...streams,
    async (source: AsyncIterable<Uint8Array>) => {
      for await (const piece of source) {
        if (first.length < TELLING_BYTES)
          first = Buffer.concat([first, piece.subarray(0, TELLING_BYTES - first.length)]);
        take(piece);
      }
    },
  ]);
  return first;
}

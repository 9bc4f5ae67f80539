/** Status documents of one kind: a file each in a folder, with one writer, who sees at once where somebody else wrote. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { API_VERSION, NAME_PATTERN } from '../api/primitives.ts';
import { type StatusDocument, statusDocument } from '../api/status-document.ts';
import { Conflict, messageOf, Terminal } from '../runtime/errors.ts';
import { ensureUnlinked, readIfThere, writeAtomic } from './atomic.ts';
import { documentNames } from './spec-files.ts';

export interface StatusFolder<Body> {
  names(): Promise<string[]>;
  /** Null where there is none. Throws Terminal where the file cannot be read: who writes over it might do everything twice. */
  get(name: string): Promise<StatusDocument<Body> | null>;
  /** Compare-and-swap, fsynced. Throws Conflict where the version is another (0: none yet), or a write of it is under way. No write if nothing changed. */
  put(name: string, status: Body, resourceVersion: number): Promise<void>;
  /** Already gone is success. */
  remove(name: string): Promise<void>;
}

export function statusFolder<Body>(folder: string, kind: string, body: z.ZodType<Body>): StatusFolder<Body> {
  const writing = new Set<string>();
  const fileOf = (name: string): string => {
    if (!NAME_PATTERN.test(name)) throw new Terminal('InvalidName', `"${name}" is not a name.`);
    return join(folder, `${name}.json`);
  };
  const shape = statusDocument(kind, body);
  const get: StatusFolder<Body>['get'] = (name) =>
    NAME_PATTERN.test(name) ? readDocument(fileOf(name), kind, shape) : Promise.resolve(null);
  const put: StatusFolder<Body>['put'] = async (name, status, resourceVersion) => {
    const old = await get(name);
    if ((old?.metadata.resourceVersion ?? 0) !== resourceVersion) throw conflict(kind, name);
    if (old !== null && JSON.stringify(old.status) === JSON.stringify(status)) return;
    const metadata = { name, resourceVersion: resourceVersion + 1 };
    await mkdir(folder, { recursive: true });
    const next = { apiVersion: API_VERSION, kind, metadata, status };
    await writeAtomic(fileOf(name), `${JSON.stringify(next, null, 1)}\n`);
  };
  return {
    names: async () => (await documentNames(folder, '.json')).sort(),
    get,
    put: async (name, status, resourceVersion) => {
      if (writing.has(name)) throw conflict(kind, name);
      writing.add(name);
      try {
        await put(name, status, resourceVersion);
      } finally {
        writing.delete(name);
      }
    },
    remove: (name) => ensureUnlinked(fileOf(name)),
  };
}

async function readDocument<Document>(
  file: string,
  kind: string,
  shape: z.ZodType<Document>,
): Promise<Document | null> {
  const text = await readIfThere(file);
  if (text === null) return null;
  try {
    return shape.parse(JSON.parse(text));
  } catch (error) {
    throw new Terminal(`${kind}Damaged`, `${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function conflict(kind: string, name: string): Conflict {
  return new Conflict(`The ${kind} of "${name}" changed meanwhile.`);
}

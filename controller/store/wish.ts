/** What a document asks for, also where it is not valid. Pure; never throws. */
import { createHash } from 'node:crypto';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { Cancel } from '../api/test-run.ts';

const WithSpec = z.object({ spec: z.looseObject({}) });
const WithCancel = z.object({ spec: z.looseObject({ cancel: Cancel }) });

/** Digest of what is written below `spec`, but for `cancel`; the order of keys and whatever else the file holds are of no meaning. */
export function wishIn(value: unknown): string {
  const { data } = WithSpec.safeParse(value);
  if (data === undefined) return '';
  const { cancel: _, ...asked } = data.spec;
  return createHash('sha256')
    .update(JSON.stringify(sorted(asked)))
    .digest('hex');
}

/** The wish to cancel in a text that is no valid document: whoever took the run back meant it, whatever else is wrong with the file. */
export function cancelIn(text: string): Cancel {
  try {
    const value: unknown = parseDocument(text, { logLevel: 'silent' }).toJS({ maxAliasCount: 20 });
    return WithCancel.safeParse(value).data?.spec.cancel ?? false;
  } catch {
    return false;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** JSON that others wrote, whole or one document a line (NDJSON). */
import type { z } from 'zod';

/** Undefined where the text is no JSON: a torn or foreign line must not end whoever reads many. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Null where the line is torn, or of another shape. */
export function ndjsonLine<T>(schema: z.ZodType<T>, line: string): T | null {
  return schema.safeParse(jsonOf(line)).data ?? null;
}

export interface NdjsonLine<T> {
  /** From 1, as an editor counts. */
  readonly number: number;
  /** As `ndjsonLine` reads it. */
  readonly value: T | null;
}

/** All lines of a text but the empty ones. */
export function ndjson<T>(schema: z.ZodType<T>, text: string): NdjsonLine<T>[] {
  return text
    .split('\n')
    .flatMap((line, index) => (line === '' ? [] : [{ number: index + 1, value: ndjsonLine(schema, line) }]));
}

/** One HTTP call to Drone: bounded in time and size, following no redirect, with the token of the moment. */
import { boundedText } from '../runtime/bounded-text.ts';
import { messageOf, Stopping } from '../runtime/errors.ts';
import { jsonOf } from '../runtime/json.ts';
import { readSecret } from '../runtime/secret-source.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** From the root, with its query. */
  readonly path: string;
  readonly limitMs: number;
}

export interface Answer {
  readonly status: number;
  /** Undefined where it is no JSON. */
  readonly body: unknown;
  readonly retryAfter: string | null;
}

export interface Caller {
  readonly url: string;
  readonly token: { readonly file: string } | { readonly value: string };
  /** Ends every call. */
  readonly signal?: AbortSignal | undefined;
}

const MOST_BYTES = 2 * 1024 * 1024;

/** Throws where nothing answered, or not within the limit: what was asked may have been done all the same. */
export async function ask({ url, token, signal }: Caller, call: Call): Promise<Answer> {
  const { method, path, limitMs } = call;
  const headers = { Authorization: `Bearer ${await readSecret(token)}`, Accept: 'application/json' };
  const limit = AbortSignal.timeout(limitMs);
  const either = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  try {
    const response = await fetch(url + path, { method, headers, redirect: 'manual', signal: either });
    const tooLarge = (): Error => new Error(`it said more than ${MOST_BYTES} bytes`);
    const text = await boundedText(response, MOST_BYTES, tooLarge);
    return { status: response.status, body: jsonOf(text), retryAfter: response.headers.get('retry-after') };
  } catch (error) {
    if (signal?.aborted === true) throw new Stopping(`Drone is asked no more: ${path}`, { cause: error });
    throw new Error(`Drone at ${url} did not answer ${method}: ${whyOf(error, limit, limitMs)}`, {
      cause: error,
    });
  }
}

function whyOf(error: unknown, limit: AbortSignal, limitMs: number): string {
  if (limit.aborted) return `nothing came within ${limitMs / 1000} s.`;
  // fetch says only that it failed; the system's own word is in the cause.
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return `${messageOf(cause)}.`;
}

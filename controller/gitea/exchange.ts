/** One request and its answer: bounded in time and size, and never led elsewhere. */
import { boundedText } from '../runtime/bounded-text.ts';
import { codeOf, messageOf, Stopping, Terminal } from '../runtime/errors.ts';

export interface Wire {
  readonly fetch: typeof fetch;
  /** Of Gitea, without a slash at its end. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | null;
}

export interface Sent {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`. */
  readonly path: string;
  readonly body?: object;
  /** Of the answer; the usual one else. */
  readonly mostBytes?: number;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export const MOST_BYTES = 2 * 1024 * 1024;

export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
  constructor(mostBytes: number) {
    super(`Gitea answered with more than ${mostBytes / 1024 / 1024} MiB.`);
  }
}

/** Throws where there is no whole answer. What it throws says nothing of what was sent but the path. */
export async function exchange(wire: Wire, sent: Sent, authorization: string): Promise<Answered> {
  const { method, path, body, mostBytes = MOST_BYTES } = sent;
  // fetch would say it, secret and all.
  if (!/^\w+ [\x21-\x7e]+$/.test(authorization))
    throw new Terminal(
      'SecretUnreadable',
      'The token for Gitea has characters that no token has, such as a line break within it.',
    );
  try {
    const response = await wire.fetch(`${wire.url}/api/v1${path}`, {
      method,
      // A redirect would take the token along, and hide what the forge meant.
      redirect: 'manual',
      signal: AbortSignal.any([
        AbortSignal.timeout(wire.timeoutMs),
        ...(wire.signal === null ? [] : [wire.signal]),
      ]),
      headers: {
        accept: 'application/json',
        authorization,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { status, headers } = response;
    const text = await boundedText(response, mostBytes, () => new AnswerTooLarge(mostBytes));
    // Errors are shown, and some servers say back what they were sent.
    return { status, headers, text: status < 300 ? text : withoutSecrets(text, authorization) };
  } catch (error) {
    throw error instanceof AnswerTooLarge ? error : withoutAnswer(wire, error);
  }
}

function withoutAnswer({ url, signal, timeoutMs }: Wire, cause: unknown): Error {
  if (signal?.aborted === true) return new Stopping(`Gitea at ${url} is asked no more.`, { cause });
  return new Error(`Gitea at ${url} did not answer: ${whyOf(cause, timeoutMs)}.`, { cause });
}

function whyOf(error: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `nothing came within ${timeoutMs / 1000} s`;
  const cause = error instanceof Error ? error.cause : undefined;
  return codeOf(cause) || (cause === undefined ? messageOf(error) : messageOf(cause));
}

function withoutSecrets(text: string, authorization: string): string {
  const [, shown = ''] = authorization.split(' ');
  const password = authorization.startsWith('Basic ')
    ? Buffer.from(shown, 'base64')
        .toString()
        .replace(/^[^:]*:/, '')
    : '';
  return [shown, password, JSON.stringify(password).slice(1, -1)]
    .filter((secret) => secret !== '')
    .reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
}

/** The way to the Docker Engine: where it listens, how long one answer may take, and what its refusals look like. */
import Docker from 'dockerode';
import type { z } from 'zod';
import { NoRedirects } from './no-redirects.ts';

/** A healthy dockerd answers lists in milliseconds; one that needs longer than this is treated as gone. */
const CALL_MS = 15_000;

export interface Engine {
  readonly docker: Docker;
  /** Asks one question: bounded in time, refused as EngineError. */
  ask<T>(what: string, question: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** What the engine refused, or why it could not be asked. `statusCode` is null where no answer came. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly statusCode: number | null;
  constructor(message: string, statusCode: number | null, cause?: unknown) {
    super(message, { cause });
    this.statusCode = statusCode;
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof EngineError && error.statusCode === 404;
}

interface EngineOptions {
  readonly dockerHost: string;
  /** For tests of slow engines. */
  readonly callMs?: number;
}

export function makeEngine(options: EngineOptions): Engine {
  const ms = options.callMs ?? CALL_MS;
  // An object of its own: dockerode's types know no agent, and docker-modem takes one.
  const connection = { ...connectionOf(options.dockerHost), agent: new NoRedirects() };
  return {
    docker: new Docker(connection),
    ask: (what, question) => askWithin({ what, ms }, question),
  };
}

/**
 * `host: undefined` is deliberate: without it docker-modem falls back to the process's DOCKER_HOST, and then
 * a stray variable would decide which swarm we work on.
 */
export function connectionOf(dockerHost: string): Docker.DockerOptions {
  const url = new URL(dockerHost);
  if (url.protocol === 'unix:') return { socketPath: url.pathname, host: undefined };
  if (url.protocol === 'tcp:' || url.protocol === 'http:')
    return { protocol: 'http', host: url.hostname, port: url.port || '2375' };
  throw new Error(
    `"${dockerHost}" is not a Docker address: use unix:///path/to/docker.sock or tcp://host:port.`,
  );
}

/** dockerode's types know `abortSignal` for some calls only; all of them take it. */
export function withSignal<T extends object>(
  query: T,
  abortSignal: AbortSignal,
): T & { abortSignal: AbortSignal } {
  return { ...query, abortSignal };
}

/**
 * The race is needed beside the signal: docker-modem never settles when a connection dies in the middle of an
 * answer's body.
 */
async function askWithin<T>(
  limit: { what: string; ms: number },
  question: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const control = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new EngineError(`Docker gave no answer to "${limit.what}" within ${limit.ms / 1000} s.`, null));
      control.abort();
    }, limit.ms);
  });
  try {
    return await Promise.race([question(control.signal), late]);
  } catch (error) {
    throw engineErrorOf(limit.what, error);
  } finally {
    clearTimeout(timer);
  }
}

export function engineErrorOf(what: string, error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const { statusCode } = error as { statusCode?: unknown };
  return new EngineError(
    `Docker, asked to "${what}": ${textOf(error)}`,
    typeof statusCode === 'number' ? statusCode : null,
    error,
  );
}

/** docker-modem writes this before what the engine said. */
const MODEM_PREFIX = /^\(HTTP code \d+\) [^-]* - /;

/** The engine's own sentence. */
export function textOf(error: unknown): string {
  const json = (error as { json?: { message?: unknown } | null }).json;
  if (typeof json?.message === 'string') return json.message;
  if (!(error instanceof Error)) return String(error);
  const said = error.message.replace(MODEM_PREFIX, '').trim();
  // What says nothing is hardly Docker: then its number is all there is.
  return said === '' ? error.message.trim() : said;
}

/** Parses at the edge: an answer of another shape is an error of the engine's, said with the place. */
export function parsed<T extends z.ZodType>(shape: T, what: string, answer: unknown): z.infer<T> {
  const result = shape.safeParse(answer);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new EngineError(
    `Docker's answer to "${what}" has an unknown shape at ${issue?.path.join('.') ?? '?'}: ${issue?.message ?? '?'}.`,
    null,
    result.error,
  );
}

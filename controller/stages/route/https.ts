/** One verified HTTPS exchange with the app through the proxy. Verification is never off: there is no option for it. */
import { request, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { isIP, isIPv6, type LookupFunction } from 'node:net';
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { trustedAuthorities } from '../../runtime/authorities.ts';

export interface HttpsOptions {
  /** Connect here instead of asking DNS; name and certificate are still those of the URL's host. */
  readonly address: string | null;
  /** PEM file of authorities that are trusted beside the system's. */
  readonly caFile: string | null;
}

export interface Exchange {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For the whole exchange. */
  readonly timeoutMs?: number;
  /** The rest of a longer body is not read. */
  readonly maxBytes?: number;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly setCookies: readonly string[];
  readonly body: Buffer;
  readonly truncated: boolean;
  readonly certificateSha256: string;
  readonly certificateIssuer: string;
}

/**
 * How far an exchange came.
 * `Unreachable`: no connection. `CertificateNotTrusted`: connected, but not to whom we asked for.
 * `TlsRefused`: the other side broke off the handshake. `NoAnswer`: connected and verified, then no whole answer.
 */
export type HttpsFailure = 'Unreachable' | 'CertificateNotTrusted' | 'TlsRefused' | 'NoAnswer';

export class HttpsError extends Error {
  override readonly name = 'HttpsError';
  readonly failure: HttpsFailure;

  constructor(failure: HttpsFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

export interface Https {
  send(url: URL, exchange?: Exchange): Promise<RawAnswer>;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const DEFAULT_MAX_BYTES = 1024 * 1024;

/** Throws if `caFile` cannot be read: a missing authority must not look like a bad certificate later. */
export function makeHttps(options: HttpsOptions): Https {
  const secureContext = createSecureContext({ ca: trustedAuthorities(options.caFile) });
  return { send: (url, exchange = {}) => send({ url, exchange, address: options.address, secureContext }) };
}

interface Sending {
  readonly url: URL;
  readonly exchange: Exchange;
  readonly address: string | null;
  readonly secureContext: SecureContext;
}

/** Node hands `secureContext` on to `tls.connect`; its types leave it out. */
type Options = RequestOptions & { secureContext: SecureContext };

function requestOptions(sending: Sending, signal: AbortSignal): Options {
  const { url, exchange, address, secureContext } = sending;
  const fixed: Pick<RequestOptions, 'lookup'> = address === null ? {} : { lookup: lookupOf(address) };
  return {
    ...fixed,
    method: exchange.method ?? 'GET',
    headers: { 'user-agent': 'cc-ci', accept: '*/*', ...exchange.headers },
    secureContext,
    ...(isIP(url.hostname) === 0 ? { servername: url.hostname } : {}),
    rejectUnauthorized: true,
    // A fresh connection each time: an answer over a kept one would say nothing about the route now.
    agent: false,
    signal,
  };
}

export function lookupOf(address: string): LookupFunction {
  const family = isIPv6(address) ? 6 : 4;
  return (_host, options, done) => {
    if (options.all === true) done(null, [{ address, family }]);
    else done(null, address, family);
  };
}

function send(sending: Sending): Promise<RawAnswer> {
  const { url, exchange } = sending;
  const timeoutMs = exchange.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const signal = AbortSignal.timeout(timeoutMs);
  const progress = { connected: false, verified: false };
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(failureOf(error, { url, timeoutMs, ...progress }));
    const asked = request(url, requestOptions(sending, signal), (response) => {
      readAnswer(response, exchange.maxBytes ?? DEFAULT_MAX_BYTES).then(resolve, fail);
    });
    asked.on('socket', (socket) => {
      socket.once('connect', () => (progress.connected = true));
      socket.once('secureConnect', () => (progress.verified = true));
    });
    asked.on('error', fail);
    asked.end(exchange.body);
  });
}

async function readAnswer(response: IncomingMessage, maxBytes: number): Promise<RawAnswer> {
  const certificate = (response.socket as TLSSocket).getPeerCertificate();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) break;
  }
  response.destroy();
  const joined = Object.entries(response.headersDistinct).map(([key, values]) => [
    key,
    values?.join(', ') ?? '',
  ]);
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(joined) as Record<string, string>,
    setCookies: response.headers['set-cookie'] ?? [],
    body: Buffer.concat(chunks).subarray(0, maxBytes),
    truncated: size > maxBytes,
    certificateSha256: (certificate.fingerprint256 ?? '').replaceAll(':', '').toLowerCase(),
    certificateIssuer: issuerOf(certificate.issuer),
  };
}

function issuerOf(issuer: { O?: string | string[]; CN?: string | string[] } | undefined): string {
  const parts = [issuer?.CN, issuer?.O].flat().filter((part) => part !== undefined && part !== '');
  return [...new Set(parts)].join(', ');
}

interface Progress {
  readonly url: URL;
  readonly timeoutMs: number;
  readonly connected: boolean;
  readonly verified: boolean;
}

/** OpenSSL's verification errors, as node names them. */
const CERTIFICATE_CODE =
  /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_|HOSTNAME_MISMATCH|INVALID_CA)/;

function failureOf(error: Error & { code?: string }, at: Progress): HttpsError {
  if (CERTIFICATE_CODE.test(error.code ?? ''))
    return new HttpsError('CertificateNotTrusted', `${at.url.host}: ${error.message}`, { cause: error });
  const timedOut = error.name === 'AbortError' || error.name === 'TimeoutError';
  const what = timedOut ? `no answer within ${at.timeoutMs} ms` : textOf(error);
  return new HttpsError(stageReached(at), `${at.url.host}: ${what}`, { cause: error });
}

function stageReached(at: Progress): HttpsFailure {
  if (!at.connected) return 'Unreachable';
  return at.verified ? 'NoAnswer' : 'TlsRefused';
}

/** An AggregateError of several addresses has an empty message of its own. */
function textOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((one: Error) => one.message).join('; ');
  return error.message;
}

/**
 * The one way out of a sandbox: HTTPS to the app's own domain.
 * TLS ends here, under a certificate made for this relay alone, because over an encrypted connection nobody could see
 * for whom a request is: the proxy routes by the Host header, whatever name the handshake had.
 * From here to the app every request is a new, verified one with the app's own name.
 */
import { createServer, request as ask, type RequestOptions } from 'node:https';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { once } from 'node:events';
import { execa } from 'execa';
import { trustedAuthorities } from '../../runtime/authorities.ts';
import { lookupOf } from '../route/https.ts';

export interface RelayOptions {
  readonly domain: string;
  /** Where the proxy answers, or null where DNS says so. */
  readonly address: string | null;
  /** Trusted beside the system's authorities, towards the app. */
  readonly caFile: string | null;
  /** Of its own, in which key, certificate and socket are made. */
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  /** A request that was not let through. */
  readonly onRefused: (what: string) => void;
  /** For tests. */
  readonly port?: number;
}

export interface Relay {
  /** A unix socket that speaks TLS. */
  readonly socket: string;
  /** What its clients have to trust. */
  readonly caFile: string;
  close(): Promise<void>;
}

const HTTPS = 443;
const CONNECTIONS = 128;
/** Of a request, without its answer's body. */
const PATIENCE_MS = 60_000;

export async function openRelay(options: RelayOptions): Promise<Relay> {
  const caFile = join(options.dir, 'relay.crt');
  const keyFile = join(options.dir, 'relay.key');
  const socket = join(options.dir, 'relay.sock');
  await makeCertificate(options, { caFile, keyFile });
  const upstream = createSecureContext({ ca: trustedAuthorities(options.caFile) });
  const [cert, key] = await Promise.all([readFile(caFile), readFile(keyFile)]);
  const server = createServer({ cert, key, ALPNProtocols: ['http/1.1'] }, (request, response) => {
    void handle({ ...options, upstream }, request, response);
  });
  server.maxConnections = CONNECTIONS;
  // A stranger's broken handshake or half a request is nobody's error.
  server.on('tlsClientError', (_error, client) => client.destroy());
  server.on('clientError', (_error, client) => client.destroy());
  server.listen(socket);
  await once(server, 'listening');
  return {
    socket,
    caFile,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function makeCertificate(
  { domain, env }: RelayOptions,
  { caFile, keyFile }: { caFile: string; keyFile: string },
): Promise<void> {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  const about = ['-subj', '/O=cc-ci/CN=cc-ci sandbox relay', '-addext', `subjectAltName=DNS:${domain}`];
  await execa('openssl', ['req', '-x509', ...key, '-out', caFile, '-days', '2', ...about], {
    env,
    extendEnv: false,
    stdin: 'ignore',
  });
}

interface Handling extends RelayOptions {
  readonly upstream: SecureContext;
}

/** Never rejects: what a stranger sends must not end the stage. */
async function handle(relay: Handling, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const refused = refusalOf(relay.domain, request);
    if (refused !== null) {
      relay.onRefused(refused);
      return answer(
        response,
        421,
        `cc-ci: ${refused} Only https://${relay.domain}/ can be reached from here.`,
      );
    }
    const theirs = await exchange(relay, request);
    response.writeHead(theirs.statusCode ?? 502, passedOn(theirs));
    await pipeline(theirs, response);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    answer(response, 502, `cc-ci: the app did not answer: ${why}`);
  }
}

function answer(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${text}\n`);
}

/** Why a request is not for the app, or null. */
function refusalOf(domain: string, { headers, url = '' }: IncomingMessage): string | null {
  const host = (headers.host ?? '').toLowerCase();
  if (host !== domain && host !== `${domain}:${HTTPS}`) return `The request was for "${headers.host ?? ''}".`;
  // The absolute form names a host of its own, which the proxy would follow.
  if (!url.startsWith('/')) return `The request was for "${url.slice(0, 200)}".`;
  // Anything else would have to be passed on as it is, to somebody who may read it otherwise.
  const { 'transfer-encoding': encoding = 'chunked' } = headers;
  return encoding.toLowerCase() === 'chunked' ? null : `The body was encoded as "${encoding.slice(0, 100)}".`;
}

/** Node hands `secureContext` on to `tls.connect`; its types leave it out. */
type Options = RequestOptions & { secureContext: SecureContext };

async function exchange(relay: Handling, request: IncomingMessage): Promise<IncomingMessage> {
  const { domain, address, upstream, port = HTTPS } = relay;
  const options: Options = {
    host: domain,
    servername: domain,
    port,
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers: { ...passedOn(request), ...framingOf(request), host: domain },
    secureContext: upstream,
    rejectUnauthorized: true,
    agent: false,
    timeout: PATIENCE_MS,
    ...(address === null ? {} : { lookup: lookupOf(address) }),
  };
  const asked = ask(options);
  // Also after the answer has begun, where it shows in the answer's body.
  asked.on('error', () => undefined);
  asked.on('timeout', () => asked.destroy(new Error(`nothing for ${PATIENCE_MS / 1000} s`)));
  request.on('close', () => {
    if (!request.complete) asked.destroy();
  });
  const answered = once(asked, 'response') as Promise<[IncomingMessage]>;
  // A body that breaks off shows in the answer.
  if (hasBody(request)) pipeline(request, asked).catch((error: Error) => asked.destroy(error));
  else asked.end();
  const [theirs] = await answered;
  return theirs;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;
}

/** Said explicitly: a GET's body without a frame would be read as the next request, for any host. */
function framingOf({ headers }: IncomingMessage): Record<string, string> {
  if (headers['transfer-encoding'] !== undefined) return { 'transfer-encoding': 'chunked' };
  const length = headers['content-length'];
  return length === undefined ? {} : { 'content-length': length };
}

/** Between two neighbours only (RFC 9110, 7.6.1). */
const HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'http2-settings',
]);

function passedOn({ headersDistinct }: IncomingMessage): Record<string, string[]> {
  const kept = Object.entries(headersDistinct).filter(([name]) => !HOP.has(name));
  return Object.fromEntries(kept.map(([name, values]) => [name, values ?? []]));
}

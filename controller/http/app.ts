/** The HTTP server before it has routes: what it takes at most, what every answer bears, and how it says that something went wrong. */
import { STATUS_CODES } from 'node:http';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import { messageOf } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';

export interface Limits {
  /** How long a client may take for its head, and for all of its request. */
  readonly headMs: number;
  readonly requestMs: number;
  /** After so long without a byte in either direction a connection is closed. */
  readonly silentMs: number;
  /** How long an answer may take us. */
  readonly answerMs: number;
  readonly connections: number;
  /** Of those, how many may follow a run. */
  readonly followers: number;
  /** How often one address may ask. */
  readonly perMinute: number;
}

export const LIMITS: Limits = {
  headMs: 5_000,
  requestMs: 10_000,
  silentMs: 30_000,
  answerMs: 20_000,
  connections: 512,
  followers: 256,
  // A page with its parts is a dozen, and a tab that follows a run asks once a second at most.
  perMinute: 1_200,
};
const HEAD_BYTES = 16 * 1024;
/** How often Node looks for clients that take too long, at least once within the time that they have. */
const lookEveryMs = ({ headMs }: Limits): number => Math.min(2_000, headMs);

/** There is no script, no style and no picture in what we answer, and nobody is to put it into a page of theirs. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
};

/** `proxies`: addresses and subnets of those that may say whom they speak for. */
export function makeApp(log: Log, limits: Limits, proxies: readonly string[]): FastifyInstance {
  const app = fastify({
    trustProxy: proxies.length > 0 && [...proxies],
    // It would log addresses and headers of strangers; what is worth a line is logged where it is decided.
    logger: false,
    forceCloseConnections: true,
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.silentMs,
    handlerTimeout: limits.answerMs,
    http: {
      headersTimeout: limits.headMs,
      connectionsCheckingInterval: lookEveryMs(limits),
      maxHeaderSize: HEAD_BYTES,
    },
    frameworkErrors: (_error, _request, reply: FastifyReply) =>
      void say(reply, 400, 'The address cannot be understood.'),
    clientErrorHandler: (error, socket) => {
      const code = ofSocket(error.code);
      if (socket.writable)
        socket.write(
          `HTTP/1.1 ${code} ${STATUS_CODES[code]}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
        );
      socket.destroy();
    },
  });
  app.server.maxConnections = limits.connections;
  // What is not asked for is not parsed: a route says by itself what it takes.
  app.removeAllContentTypeParsers();
  app.addHook('onRequest', async (_request, reply) => void reply.headers(HEADERS));
  app.setNotFoundHandler((_request, reply) => say(reply, 404, 'There is nothing here.'));
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const code = error.statusCode ?? 500;
    if (code >= 500) log.error({ error: messageOf(error) }, 'a request could not be answered');
    return say(reply, code, SENTENCES[code] ?? 'That could not be answered.');
  });
  return app;
}

/** Never the error's own words: they may hold what a stranger sent, or a path of this machine. */
const SENTENCES: Readonly<Record<number, string>> = {
  400: 'The request cannot be understood.',
  413: 'The body is too large.',
  429: 'That was asked too often; try again in a minute.',
  415: 'The body must be application/json.',
  500: 'Something is wrong here; the log of the controller says what.',
  503: 'Not now; try again later.',
};

function ofSocket(code: string): number {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  return code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
}

/** One sentence, as text. */
export function say(reply: FastifyReply, code: number, sentence: string): FastifyReply {
  return reply.code(code).headers(HEADERS).type('text/plain; charset=utf-8').send(`${sentence}\n`);
}

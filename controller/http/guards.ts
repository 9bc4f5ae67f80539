/** What stands before every route: nobody asks too often, an answer that is known already is not sent again, and what is sent is compressed. */
import { createHash } from 'node:crypto';
import compress from '@fastify/compress';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface Guards {
  /** Requests of one address in a minute. */
  readonly perMinute: number;
}

/** They are asked by machines of ours, each with its own bound. */
const UNCOUNTED = new Set(['/hook', '/healthz', '/readyz', '/metrics']);
const CLIENTS = 10_000;

/** Before any route is added: what comes later is guarded. */
export async function addGuards(app: FastifyInstance, { perMinute }: Guards): Promise<void> {
  await app.register(rateLimit, {
    max: perMinute,
    timeWindow: 60_000,
    cache: CLIENTS,
    allowList: (request: FastifyRequest) => UNCOUNTED.has(request.routeOptions.url ?? ''),
  });
  addTags(app);
  // What is sent to us is never unpacked: it would have no bound.
  await app.register(compress, { encodings: ['br', 'gzip'], threshold: 1_024, globalDecompression: false });
}

/** Whoever has an answer asks whether it is still the same. A sentence, a page that is sent in pieces, and a file have no tag. */
function addTags(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || !mayBeKept(request, reply)) return payload;
    const tag = `"${createHash('sha256').update(payload).digest('base64url').slice(0, 22)}"`;
    // Weak, because compressed it is other bytes.
    void reply.header('cache-control', 'no-cache').header('etag', `W/${tag}`);
    const known = (request.headers['if-none-match'] ?? '').split(',');
    if (!known.some((each) => each.trim().replace(/^(?:W\/)+/, '') === tag)) return payload;
    void reply.code(304).removeHeader('content-length').removeHeader('content-type');
    return null;
  });
}

function mayBeKept({ method }: FastifyRequest, reply: FastifyReply): boolean {
  const isText = String(reply.getHeader('content-type')).startsWith('text/plain');
  return method === 'GET' && reply.statusCode === 200 && !isText;
}

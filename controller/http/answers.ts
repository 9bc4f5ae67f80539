/** How pages, pictures and data are answered: what each may do in a browser, and that an unchanged one is not sent again. */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Html } from '../../dashboard/html.ts';

const NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** Its one sheet and its pictures are ours; there is no script. */
const PAGE_POLICY = `${NOTHING}; style-src 'self'; img-src 'self'`;

export function sendPage(reply: FastifyReply, code: number, page: Html): FastifyReply {
  return reply
    .code(code)
    .header('content-security-policy', PAGE_POLICY)
    .type('text/html; charset=utf-8')
    .send(page.toString());
}

interface Cached {
  readonly type: string;
  readonly text: string;
}

/** Asked for again each time, and sent only where it is another one. */
export function sendCached(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, text }: Cached,
): FastifyReply {
  const tag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  void reply.header('cache-control', 'no-cache').header('etag', tag);
  const known = request.headers['if-none-match'] ?? '';
  const isKnown = known.split(',').some((each) => each.trim().replace(/^W\//, '') === tag);
  return isKnown ? reply.code(304).send() : reply.code(200).type(type).send(text);
}

/** Only where text is asked for by name: a browser asks for HTML, and curl for anything. */
export function wantsText({ headers: { accept = '' } }: FastifyRequest): boolean {
  return /\btext\/plain\b/i.test(accept) && !/\btext\/html\b/i.test(accept);
}

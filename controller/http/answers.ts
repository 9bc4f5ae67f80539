/** How pages are answered: what each may do in a browser, and that a long one keeps nobody waiting. */
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Html } from '../../dashboard/html.ts';

const NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** Its sheet, its script and its pictures are files of ours, and it talks to nobody but us. */
const PAGE_POLICY = `${NOTHING.replace("form-action 'none'", "form-action 'self'")}; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'`;

export function sendPage(reply: FastifyReply, code: number, page: Html): FastifyReply {
  return reply
    .code(code)
    .header('content-security-policy', PAGE_POLICY)
    .type('text/html; charset=utf-8')
    .send(page.toString());
}

/** A piece of a page that is sent at once. */
const PIECE = 64 * 1024;

/** A long page, made no faster than it is taken, and with pauses: the controller is in the same process. */
export function sendParts(reply: FastifyReply, code: number, parts: Iterable<Html>): FastifyReply {
  return reply
    .code(code)
    .header('content-security-policy', PAGE_POLICY)
    .type('text/html; charset=utf-8')
    .send(Readable.from(pieces(parts), { objectMode: false }));
}

async function* pieces(parts: Iterable<Html>): AsyncGenerator<string> {
  let text = '';
  for (const part of parts) {
    text += part.toString();
    if (text.length < PIECE) continue;
    yield text;
    text = '';
    await turn();
  }
  if (text !== '') yield text;
}

/** Only where text is asked for by name: a browser asks for HTML, and curl for anything. */
export function wantsText({ headers: { accept = '' } }: FastifyRequest): boolean {
  return /\btext\/plain\b/i.test(accept) && !/\btext\/html\b/i.test(accept);
}

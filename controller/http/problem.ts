/** JSON answers: a body, or a sentence about what is wrong. */
import type { FastifyReply } from 'fastify';
import { API_VERSION } from '../api/primitives.ts';

export function problem(reply: FastifyReply, code: number, message: string): FastifyReply {
  return json(reply, code, { apiVersion: API_VERSION, kind: 'Problem', message });
}

export function json(reply: FastifyReply, code: number, body: object): FastifyReply {
  return reply
    .code(code)
    .type('application/json; charset=utf-8')
    .send(`${JSON.stringify(body)}\n`);
}

/** A run's log as it is, whole, as text or compressed; read no faster than it is taken. */
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { FastifyReply } from 'fastify';
import { plainLine } from '../views/log-lines.ts';
import { publicationOf } from '../views/published.ts';
import type { RunView } from '../views/runs.ts';
import { say } from './app.ts';
import type { Reader } from './run-page.ts';

const PART_BYTES = 128 * 1024;

/** Of the last attempt, a line a line. */
export async function sendLog(
  { reading }: Reader,
  run: RunView,
  { reply, gzip }: { readonly reply: FastifyReply; readonly gzip: boolean },
): Promise<FastifyReply> {
  const { log, why, steps } = await publicationOf({ reading }, run);
  if (!log) return say(reply, 403, why);
  const { uid } = run.status;
  const own = steps.filter(({ attempt }) => attempt === steps.at(-1)?.attempt);
  const text = Readable.from(
    (async function* () {
      for (const step of own) {
        for (let from = 0; ;) {
          const part = await reading.logPart(uid, step, { from, most: PART_BYTES });
          if (part.end === from) break;
          from = part.end;
          yield part.lines
            .map(plainLine)
            .map(({ time, from: who, text: said }) => `${time} ${step.name} [${who}] ${said}\n`)
            .join('');
        }
      }
    })(),
  );
  void reply.code(200).type(gzip ? 'application/gzip' : 'text/plain; charset=utf-8');
  // Both end with the answer, however it ends; there is nobody to be told why.
  return reply.send(gzip ? pipeline(text, createGzip(), () => undefined) : text);
}

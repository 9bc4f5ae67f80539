/** `/runs/<name>/files`: the list of what a run kept, and each of it, as text or as a picture and never as a page. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { filesPage } from '../../dashboard/files.ts';
import { sentencePage } from '../../dashboard/shell.ts';
import type { OpenFile } from '../store/kept-files.ts';
import { runFilesOf } from '../views/run-files.ts';
import { sendPage } from './answers.ts';
import { type Reader, runNamed, sayNoRun } from './run-page.ts';

/** A trace of many MiB over a slow line; who takes nothing is cut off much sooner. */
const FILE_MS = 10 * 60_000;

export function addFiles(app: FastifyInstance, viewer: Reader): void {
  app.get<{ Params: { name: string } }>('/runs/:name/files', async ({ params: { name } }, reply) => {
    const run = await runNamed(viewer, name);
    if (run === null) return sayNoRun(reply, name, false);
    return sendPage(reply, 200, filesPage(run, await runFilesOf(viewer, run)));
  });
  const answer = { handlerTimeout: FILE_MS };
  app.get<{ Params: { name: string; '*': string } }>(
    '/runs/:name/files/*',
    answer,
    async ({ params }, reply) => {
      const run = await runNamed(viewer, params.name);
      if (run === null) return sayNoRun(reply, params.name, false);
      const { publication, files } = await runFilesOf(viewer, run);
      // Never a path: what is not in the list, letter by letter, is not there.
      const opened = await files.find(({ name }) => name === params['*'])?.open();
      if (opened !== undefined && opened !== null) return sendFile(reply, opened);
      const sentence = publication.files ? 'The run left no such file, or it is gone.' : publication.why;
      return sendPage(reply, 404, sentencePage('No such file', sentence));
    },
  );
}

function sendFile(reply: FastifyReply, { bytes, head, content }: OpenFile): FastifyReply {
  const type = typeOf(head);
  if (type === BINARY) void reply.header('content-disposition', 'attachment');
  return reply
    .code(200)
    .header('content-security-policy', "sandbox; default-src 'none'; frame-ancestors 'none'")
    .header('content-length', bytes)
    .type(type)
    .send(content);
}

const BINARY = 'application/octet-stream';
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** By what is in it and never by its name: the name is a stranger's. */
function typeOf(head: Buffer): string {
  if (head.subarray(0, PNG.length).equals(PNG)) return 'image/png';
  return head.includes(0) ? BINARY : 'text/plain; charset=utf-8';
}

/** `/runs/<name>`: a run as a page, and as text for whoever asks for text or for `/runs/<name>.txt`. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { ObjectName } from '../api/primitives.ts';
import { runPage } from '../../dashboard/run.ts';
import { sentencePage } from '../../dashboard/shell.ts';
import type { Viewer } from '../views/reading.ts';
import { lastGreenBefore } from '../views/compared.ts';
import type { Kept } from '../views/kept.ts';
import { isRed } from '../views/overview.ts';
import { readRun, type RunView } from '../views/runs.ts';
import { isOver } from '../views/standing.ts';
import { wholeRun } from '../views/whole-run.ts';
import { sendPage, sendParts, wantsText } from './answers.ts';
import { say } from './app.ts';
import { runText } from './run-text.ts';

export type Reader = Pick<Viewer, 'reading' | 'now'>;

const TEXT = /\.txt$/;

export interface RunPageDeps extends Reader {
  readonly kept: Pick<Kept, 'runs'>;
}

export function addRunPage(app: FastifyInstance, viewer: RunPageDeps): void {
  app.get<{ Params: { name: string }; Querystring: Query }>('/runs/:name', PAGE, async (request, reply) => {
    const { name } = request.params;
    const isText = wantsText(request);
    const run = await runNamed(viewer, name);
    if (run !== null && !isText) return sendRun(viewer, run, { reply, query: request.query });
    // A run may have a name that ends so; its own address comes first.
    const asText = run ?? (TEXT.test(name) ? await runNamed(viewer, name.replace(TEXT, '')) : null);
    if (asText !== null) return say(reply, 200, await runText(viewer, asText));
    return sayNoRun(reply, name.replace(TEXT, ''), isText || TEXT.test(name));
  });
}

/** A log of megabytes over a slow line. */
const PAGE = { handlerTimeout: 5 * 60_000 };

type Query = Record<string, unknown>;

async function sendRun(
  viewer: RunPageDeps,
  run: RunView,
  { reply, query: { q, part } }: { readonly reply: FastifyReply; readonly query: Query },
): Promise<FastifyReply> {
  const hasLog = part !== 'state';
  const text = typeof q === 'string' ? q : '';
  // Of a run that is over the page leads into the log, so that it has to be read.
  const before = isRed(run) ? lastGreenBefore(await viewer.kept.runs(), run) : null;
  const whole = await wholeRun(viewer, run, { text, withoutLog: !hasLog && !isOver(run), before });
  return sendParts(reply, 200, runPage({ whole, now: viewer.now(), hasLog }));
}

/** Null where there is none, or the name is none. */
export async function runNamed(viewer: Reader, name: string): Promise<RunView | null> {
  return ObjectName.safeParse(name).success ? readRun(viewer, name) : null;
}

export function noRun(name: string): string {
  return ObjectName.safeParse(name).success
    ? `There is no run "${name}": it was deleted, or it never was.`
    : 'That is not the name of a run.';
}

export function sayNoRun(reply: FastifyReply, name: string, isText: boolean): FastifyReply {
  const sentence = noRun(name);
  return isText ? say(reply, 404, sentence) : sendPage(reply, 404, sentencePage('No such run', sentence));
}

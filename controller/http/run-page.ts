/** `/runs/<name>`: a run as `ccci-ctl describe` tells it, and the end of the log that matters, as plain text. */
import type { FastifyInstance } from 'fastify';
import { ObjectName } from '../api/primitives.ts';
import { UNPAINTED } from '../describe/badge.ts';
import { runLines } from '../describe/run-lines.ts';
import type { StepDir } from '../store/step-files.ts';
import { decidingStep } from '../domain/run/appearance.ts';
import type { Viewer } from '../views/reading.ts';
import { readRun, type RunView } from '../views/runs.ts';
import { printable } from '../views/text.ts';
import { say } from './app.ts';

type Reader = Pick<Viewer, 'reading' | 'now'>;

const LOG_LINES = 200;
/** Of a log of any length no more is read. */
const LOG_BYTES = 128 * 1024;

export function addRunPage(app: FastifyInstance, viewer: Reader): void {
  app.get<{ Params: { name: string } }>('/runs/:name', async (request, reply) => {
    const { name } = request.params;
    if (!ObjectName.safeParse(name).success) return say(reply, 404, 'That is not the name of a run.');
    const run = await readRun(viewer, name);
    if (run === null) return say(reply, 404, `There is no run "${name}": it was deleted, or it never was.`);
    const lines = await runLines(run, { viewer, style: UNPAINTED });
    return say(reply, 200, withoutCredentials([...lines, ...(await logLines(viewer, run))].join('\n')));
  });
}

async function logLines({ reading }: Reader, run: RunView): Promise<string[]> {
  const step = await shownStep({ reading }, run);
  if (step === null) return [];
  const all = await reading.logEnd(run.status.uid, step, LOG_BYTES);
  const lines = all.slice(-LOG_LINES);
  const title = `Log of ${step.step}${step.round > 1 ? ` (round ${step.round})` : ''}`;
  if (lines.length === 0) return [`${title}: <none>`];
  return [
    `${title}, the last ${lines.length} lines at most:`,
    ...lines.map(({ from, text }) => `  [${printable(from)}] ${printable(text)}`),
  ];
}

/** The step that decided, or the one that runs; of a run that is green nobody looks for a line. */
async function shownStep({ reading }: Pick<Viewer, 'reading'>, { status }: RunView): Promise<StepDir | null> {
  const own = status.steps.filter(({ attempt }) => attempt === status.attempt);
  const name = decidingStep(own) || own.find(({ state }) => state === 'running')?.name;
  const dirs = await reading.steps(status.uid);
  return dirs.findLast(({ step, attempt }) => step === name && attempt === status.attempt) ?? null;
}

/** An operator may have put a password into a git address; who reads here is anybody. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/(https?:\/\/)[^\s/]+@/g, '$1***@');
}

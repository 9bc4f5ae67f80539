/** A run as `ccci-ctl describe` tells it, and the end of the log that matters, as plain text. */
import { UNPAINTED } from '../describe/badge.ts';
import { runLines } from '../describe/run-lines.ts';
import type { StepDir } from '../store/step-files.ts';
import { publicationOf } from '../views/published.ts';
import type { Viewer } from '../views/reading.ts';
import type { RunView } from '../views/runs.ts';
import { printable, withoutCredentials } from '../views/text.ts';
import { shownStep } from '../views/whole-run.ts';

type Reader = Pick<Viewer, 'reading' | 'now'>;

const LOG_LINES = 200;
/** Of a log of any length no more is read. */
const LOG_BYTES = 128 * 1024;

export async function runText(viewer: Reader, run: RunView): Promise<string> {
  const lines = await runLines(run, { viewer, style: UNPAINTED });
  return withoutCredentials([...lines, ...(await logLines(viewer, run))].join('\n'));
}

async function logLines({ reading }: Reader, run: RunView): Promise<string[]> {
  const { log, why, steps } = await publicationOf({ reading }, run);
  if (!log) return [why];
  const step = stepShown(steps, run);
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
function stepShown(steps: readonly StepDir[], run: RunView): StepDir | null {
  const name = shownStep(run);
  return steps.findLast(({ step, attempt }) => step === name && attempt === run.status.attempt) ?? null;
}

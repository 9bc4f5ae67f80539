/** What of a run's folder may be shown to anybody: what its teardown looked through for secrets and found clean. */
import type { SecretScan } from '../api/secret-scan.ts';
import type { StepDir } from '../store/step-files.ts';
import type { Viewer } from './reading.ts';
import type { RunView } from './runs.ts';

export interface Publication {
  /** Its lines have passed the redactor when they are written, so they are shown before the search, unless it found something. */
  readonly log: boolean;
  readonly files: boolean;
  /** Why files are not shown, in a sentence; '' where they are. */
  readonly why: string;
  readonly steps: readonly StepDir[];
}

export async function publicationOf(
  { reading }: Pick<Viewer, 'reading'>,
  { status }: Pick<RunView, 'status'>,
): Promise<Publication> {
  const steps = await reading.steps(status.uid);
  const scans = await scansOf(reading, status.uid, steps);
  const why = whyNot(status, scans);
  return { log: ![...scans.values()].some(isLeaking), files: why === '', why, steps };
}

const isLeaking = (scan: SecretScan | null): boolean => scan !== null && !scan.clean;

/** The last look of each attempt; a teardown that did not look, because an earlier one had, left none. */
async function scansOf(
  reading: Viewer['reading'],
  uid: string,
  steps: readonly StepDir[],
): Promise<Map<number, SecretScan | null>> {
  const last = new Map<number, SecretScan | null>(steps.map(({ attempt }) => [attempt, null]));
  for (const step of steps.filter((each) => each.step === 'teardown')) {
    const { scan } = await reading.stepFiles(uid, step);
    if (scan !== null) last.set(step.attempt, scan);
  }
  return last;
}

function whyNot(status: RunView['status'], scans: ReadonlyMap<number, SecretScan | null>): string {
  const all = [...scans.values()];
  if (all.some(isLeaking))
    return 'A secret was found in the files of this run, and not all of it could be taken out; logs and files are not shown.';
  if (status.finishedAt === null)
    return 'Files are shown once the run is over and they were looked through for secrets.';
  return all.includes(null)
    ? 'The files of this run were not looked through for secrets to the end, so they are not shown.'
    : '';
}

/** A verdict against a recipe needs a swarm that stood still: what failed while Docker was restarted was not judged. */
import type { Swarm } from '../../ports.ts';
import { messageOf } from '../../runtime/errors.ts';
import { runToReport, type StageReport } from './report.ts';
import type { StageLog } from './stage-log.ts';

export interface Steady {
  readonly swarm: Pick<Swarm, 'info'>;
  readonly log: Pick<StageLog, 'say'>;
  /** Aborted when the step is stopped: nobody reads its report then. */
  readonly signal: AbortSignal;
  /** How far the wall clock is from one that nobody sets, in milliseconds. */
  readonly drift?: () => number;
}

interface Seen {
  /** Null where Docker did not answer. */
  readonly incarnation: string | null;
  readonly problem: string;
}

export async function onSteadySwarm(steady: Steady, work: () => Promise<StageReport>): Promise<StageReport> {
  const before = await look(steady);
  const steppedOf = sinceNow(steady);
  const report = await runToReport(work, steady.log);
  if (steady.signal.aborted || !isAnyones(report)) return report;
  const stepped = steppedOf();
  if (report.outcome === 'failed' && Math.abs(stepped) > STEPPED_MS)
    return disturbed(report, 'ClockStepped', `by ${Math.round(stepped / 1000)} s`);
  const after = await look(steady);
  if (after.incarnation === null) return disturbed(report, 'DockerNotAnswering', after.problem);
  if (after.incarnation === before.incarnation) return report;
  return disturbed(report, 'DockerRestarted', '');
}

/** Whether it blames somebody, the recipe or us. */
function isAnyones({ outcome }: StageReport): boolean {
  return outcome === 'failed' || outcome === 'errored';
}

/** How far the wall clock was set since. */
function sinceNow({ drift = () => 0 }: Steady): () => number {
  const before = drift();
  return () => drift() - before;
}

async function look({ swarm }: Steady): Promise<Seen> {
  try {
    return { incarnation: (await swarm.info()).incarnation, problem: '' };
  } catch (error) {
    return { incarnation: null, problem: messageOf(error) };
  }
}

/** What a clock that is only disciplined never does within a step. */
const STEPPED_MS = 5_000;

const WHAT = {
  ClockStepped: 'The clock of this machine was set, or the machine stood still,',
  DockerNotAnswering: 'Docker did not answer',
  DockerRestarted: 'Docker was restarted, or a node of the swarm was lost or changed,',
} as const;

function disturbed(report: StageReport, reason: keyof typeof WHAT, problem: string): StageReport {
  const message = `${WHAT[reason]} during this step, so that nothing is proven by: ${report.message}`;
  return {
    ...report,
    outcome: 'errored',
    message,
    cause: {
      reason,
      message,
      evidence: problem || report.cause?.evidence || report.message,
      nextStep:
        reason === 'ClockStepped'
          ? 'See that the clock is right and kept so, then run again: `ccci-ctl rerun`.'
          : 'Look at the log of the Docker service, then run again: `ccci-ctl rerun`.',
    },
  };
}

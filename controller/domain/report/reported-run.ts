/** A run as reports see it, and whether it is red. Pure. */
import type { Phase, TestRunStatusBody, Verdict } from '../../api/test-run-status.ts';
import type { TestRunBody } from '../../api/test-run.ts';

/** `Pending`: no controller has looked at the document; `Unknown`: its status cannot be read. */
export type ReportedStatus = Omit<TestRunStatusBody, 'phase'> & {
  readonly phase: Phase | 'Pending' | 'Unknown';
};

export interface ReportedRun {
  readonly name: string;
  readonly createdAt: string;
  readonly spec: TestRunBody;
  readonly status: ReportedStatus;
}

const RED: ReadonlySet<Verdict | null> = new Set(['Failed', 'TimedOut']);

/** The recipe is at fault; what was not judged is not red. */
export function isRed({ status }: Pick<ReportedRun, 'status'>): boolean {
  return RED.has(status.verdict);
}

/** Of the last attempt. */
export function lastSteps({ status }: Pick<ReportedRun, 'status'>): ReportedStatus['steps'] {
  return status.steps.filter(({ attempt }) => attempt === status.attempt);
}

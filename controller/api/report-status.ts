/** ReportStatus: what a reporter has said of a run elsewhere, and whose fault a red one is. One reporter writes it; the run's own status is the controller's alone. */
import { z } from 'zod';
import { ForgeCondition } from './forge-condition.ts';
import { ObjectName } from './primitives.ts';

/** Earlier versions wrote the time under another name. */
const Condition = z.preprocess((value) => {
  if (typeof value !== 'object' || value === null || !('time' in value)) return value;
  const { time, ...rest } = value;
  return { lastTransitionTime: time, ...rest };
}, ForgeCondition);

/** Whether the base of a pull request fails as well as its head does. */
export const Reference = z.object({
  /** The reference run; it may be gone by now, and what came of it stays. */
  run: ObjectName,
  /** What it tests, and the branch whose tip that was. */
  commit: z.string(),
  branch: z.string(),
  /** `regression`: the base passes where the head fails. */
  outcome: z.enum(['running', 'regression', 'alreadyFailing', 'notJudged']),
  /** The first commit of that branch that is known to fail; null where the base does not. */
  since: z.string().nullable(),
});
export type Reference = z.infer<typeof Reference>;

export const ReportStatusBody = z.object({
  /** Of the run: a later one of the same name has a report of its own. */
  uid: z.string(),
  /** Only of a red run of a pull request. */
  reference: Reference.nullable().default(null),
  conditions: z.array(Condition),
});
export type ReportStatusBody = z.infer<typeof ReportStatusBody>;

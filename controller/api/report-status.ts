/** ReportStatus: what a reporter has said of a run elsewhere. One reporter writes it; the run's own status is the controller's alone. */
import { z } from 'zod';
import { Instant } from './primitives.ts';

export const ReportCondition = z.object({
  /** What was said or tried, in CamelCase: `CommitStatusSet`. */
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  message: z.string(),
  time: Instant,
});
export type ReportCondition = z.infer<typeof ReportCondition>;

export const ReportStatusBody = z.object({
  /** Of the run: a later one of the same name has a report of its own. */
  uid: z.string(),
  conditions: z.array(ReportCondition),
});
export type ReportStatusBody = z.infer<typeof ReportStatusBody>;

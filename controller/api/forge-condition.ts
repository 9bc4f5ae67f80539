/** A condition of what stands outside of runs: a repository, a pull request, what was said of a run. */
import { z } from 'zod';
import { Instant } from './primitives.ts';

export const ForgeCondition = z.object({
  /** What is or is not so, in CamelCase: `Polled`, `CommitStatusSet`. */
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  message: z.string(),
  /** When the status changed. */
  lastTransitionTime: Instant,
});
export type ForgeCondition = z.infer<typeof ForgeCondition>;

export const RepositoryName = z.object({ owner: z.string(), name: z.string() });

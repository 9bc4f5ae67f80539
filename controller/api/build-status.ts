/** BuildStatus: the Drone build that shows a run. The reconciler of builds alone writes it; its name is the run's. */
import { z } from 'zod';
import { ForgeCondition } from './forge-condition.ts';

export const BuildStatusBody = z.object({
  /** Of the run: a later one of the same name has a build of its own. */
  uid: z.string(),
  /** Null until Drone said it. */
  number: z.number().int().nullable(),
  link: z.string().nullable(),
  /** As Drone says it: `pending`, `running`, `success`, `killed` and so on. */
  status: z.string().nullable(),
  /** `BuildCreated`: whether that worked, and why not. `BuildFollows`: whether it still shows the run. */
  conditions: z.array(ForgeCondition),
});
export type BuildStatusBody = z.infer<typeof BuildStatusBody>;

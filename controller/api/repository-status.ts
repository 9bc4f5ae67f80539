/** RepositoryStatus: how far an enrolled recipe's repository was read for comments. The bridge alone writes it; its name is the recipe's. */
import { z } from 'zod';
import { ForgeCondition, RepositoryName } from './forge-condition.ts';
import { Instant } from './primitives.ts';

export const RepositoryStatusBody = z.object({
  /** Its address: on another one, everything begins anew. */
  forge: z.string(),
  /** Null where the recipe's repository is not on our forge. */
  repository: RepositoryName.nullable(),
  /** Null until it was read once: comments from before that are never acted on. */
  cursor: z
    .object({
      /** By the forge's clock; everything before it was handled. */
      since: Instant,
      /** Comments not before it that were handled: the forge lists them again. */
      handled: z.array(z.number().int()),
    })
    .nullable(),
  /** `Polled`: whether the last look at the repository worked, and why not. */
  conditions: z.array(ForgeCondition),
});
export type RepositoryStatusBody = z.infer<typeof RepositoryStatusBody>;

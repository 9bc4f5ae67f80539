/** PullStatus: a pull request as the bridge saw it last, and whose comments there are to be answered. The bridge alone writes it; its name is `<recipe>-pr<N>`. */
import { z } from 'zod';
import { RepositoryName } from './forge-condition.ts';
import { Instant, RecipeName } from './primitives.ts';

/** A comment that asked for something and got no run: answered once, by the reporter. */
export const Refused = z.object({
  commentId: z.number().int(),
  user: z.string(),
  /** `NotAMember`, `CannotTell`, `HelpAsked` and so on. */
  reason: z.string(),
  /** A sentence for the person who commented. */
  message: z.string(),
});
export type Refused = z.infer<typeof Refused>;

export const PullStatusBody = z.object({
  recipe: RecipeName,
  repository: RepositoryName,
  number: z.number().int(),
  state: z.enum(['open', 'closed']),
  url: z.string(),
  head: z.object({ sha: z.string(), branch: z.string() }),
  base: z.object({ sha: z.string(), branch: z.string() }),
  mergeBase: z.string().nullable(),
  isMergeable: z.boolean().nullable(),
  /** When it was first seen so: a look that finds nothing new changes nothing. */
  observedAt: Instant,
  refused: z.array(Refused),
});
export type PullStatusBody = z.infer<typeof PullStatusBody>;

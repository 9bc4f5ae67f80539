/** PullReport: what the reporter has said under a pull request. The reporter alone writes it; its name is `<recipe>-pr<N>`. */
import { z } from 'zod';
import { ForgeCondition } from './forge-condition.ts';

export const PullReportBody = z.object({
  /** Of the pull request: one of the same number on another forge is told everything anew. */
  url: z.string(),
  /** The newest comment whose run was spoken of: once that run is forgotten, what was said of it stays. */
  about: z.number().int().default(0),
  /** Of our one comment; null until the forge said it. */
  commentId: z.number().int().nullable(),
  /** SHA-256 of the text that the forge last confirmed, or null: what is unchanged costs no request. */
  said: z.string().nullable(),
  /** SHA-256 of the text that the forge refused for good, or null: the same is not offered again. */
  refused: z.string().nullable().default(null),
  /** SHA-256 of the status that the forge last confirmed, by the commit it stands on; where it refused one for good, the run that this was for. */
  statuses: z.record(z.string(), z.string()),
  /** Refused comments that were answered, by their id; the value is the id of the answer, or 0 where the forge refused that for good. */
  answered: z.record(z.string(), z.number().int()),
  /** `CommentPosted`, `CommitStatusSet`, `CommentsAnswered`: whether that worked, and why not. */
  conditions: z.array(ForgeCondition),
});
export type PullReportBody = z.infer<typeof PullReportBody>;

/** What the world reads of Gitea's answers: only the fields that are used. */
import { z } from 'zod';

export const Token = z.object({ sha1: z.string() });
export const Team = z.object({ id: z.number() });
export const Branch = z.object({ commit: z.object({ id: z.string() }) });
export const Repository = z.object({
  full_name: z.string(),
  clone_url: z.string(),
  fork: z.boolean(),
  /** Also for a moment after the first push. */
  empty: z.boolean(),
});

const Person = z.object({ login: z.string() });
const Side = z.object({
  label: z.string(),
  /** A branch, or `refs/pull/N/head` once the branch is gone. */
  ref: z.string(),
  sha: z.string(),
  /** -1 once the repository is gone, and `repo` is null. */
  repo_id: z.number(),
  repo: Repository.nullable(),
});

export const PullRequest = z.object({
  number: z.number(),
  state: z.enum(['open', 'closed']),
  merged: z.boolean(),
  title: z.string(),
  html_url: z.string(),
  user: Person,
  head: Side,
  base: Side,
  updated_at: z.iso.datetime({ offset: true }),
});
export type PullRequest = z.infer<typeof PullRequest>;

export const Comment = z.object({
  id: z.number(),
  body: z.string(),
  user: Person,
  /** Empty for a comment of an issue. */
  pull_request_url: z.string(),
  created_at: z.iso.datetime({ offset: true }),
  updated_at: z.iso.datetime({ offset: true }),
});
export type Comment = z.infer<typeof Comment>;

export const CommitStatus = z.object({
  id: z.number(),
  /** Called `state` where it is written. */
  status: z.string(),
  context: z.string(),
  description: z.string(),
  target_url: z.string(),
  creator: Person,
});
export type CommitStatus = z.infer<typeof CommitStatus>;

/** An element of `/repos/issues/search`. */
export const FoundIssue = z.object({
  number: z.number(),
  state: z.enum(['open', 'closed']),
  updated_at: z.iso.datetime({ offset: true }),
  pull_request: z.object({ merged: z.boolean() }),
  repository: z.object({ full_name: z.string(), owner: z.string() }),
});
export type FoundIssue = z.infer<typeof FoundIssue>;

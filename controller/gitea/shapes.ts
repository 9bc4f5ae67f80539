/** Every shape of Gitea's API that cc-ci relies on, with no more fields than are used. Times and numbers as Gitea 1.26 gives them. */
import { z } from 'zod';

const Id = z.number().int().positive();
const Time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const Sha = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'must be a commit');
/** Null where the account is gone. */
const Login = z
  .object({ login: z.string() })
  .nullish()
  .transform((user) => user?.login ?? '');

export const GiteaError = z.object({ message: z.string() });

export const GiteaUser = z.object({ login: z.string().min(1) });

/** An element of `/repos/issues/search`: the owner is a string there. */
export const FoundIssue = z.object({
  id: Id,
  number: Id,
  repository: z.object({ name: z.string(), owner: z.string() }),
});
export type FoundIssue = z.infer<typeof FoundIssue>;

export const GiteaComment = z.object({
  id: Id,
  html_url: z.string(),
  /** '' under an issue. */
  pull_request_url: z.string().nullish(),
  user: Login,
  body: z.string(),
  created_at: Time,
  updated_at: Time,
});
export type GiteaComment = z.infer<typeof GiteaComment>;

export const GiteaPull = z.object({
  number: Id,
  title: z.string(),
  state: z.enum(['open', 'closed']),
  merged: z.boolean(),
  mergeable: z.boolean().nullish(),
  merge_base: z.string().nullish(),
  html_url: z.string(),
  /** `repo` is null where the fork is gone; `ref` is `refs/pull/<N>/head` then. */
  head: z.object({ ref: z.string(), sha: Sha, repo: z.object({ clone_url: z.string() }).nullish() }),
  base: z.object({ ref: z.string(), sha: Sha }),
});
export type GiteaPull = z.infer<typeof GiteaPull>;

export const MintedToken = z.object({ sha1: z.string().min(20) });

export const GiteaVersion = z.object({ version: z.string() });

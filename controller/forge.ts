/** What the bridge and the reporters need of the forge where recipes live, written from their side. Types only. */

/** A repository of the forge: `owner/name`. */
export interface Repository {
  readonly owner: string;
  readonly name: string;
}

export interface ForgeComment {
  readonly id: number;
  readonly body: string;
  /** Login of who wrote it. */
  readonly author: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Of the pull request that it stands under; null under an issue. */
  readonly pull: number | null;
  readonly url: string;
}

export interface ForgePull {
  readonly number: number;
  readonly title: string;
  readonly state: 'open' | 'closed';
  readonly isMerged: boolean;
  /** `cloneUrl` is null where the fork is gone. */
  readonly head: { readonly sha: string; readonly branch: string; readonly cloneUrl: string | null };
  /** `sha` is the target branch's tip now. */
  readonly base: { readonly sha: string; readonly branch: string };
  /** Where the head left the target branch; null where the forge does not say. */
  readonly mergeBase: string | null;
  /** Null where the forge has not found out yet. */
  readonly isMergeable: boolean | null;
  readonly url: string;
}

/** At most 140 characters of description. */
export interface CommitStatus {
  readonly context: string;
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  readonly description: string;
  readonly targetUrl: string | null;
}

/** Whether somebody belongs to the organisation; where the forge does not say yes or no, why not. */
export type Membership = 'yes' | 'no' | { readonly cannotTell: string };

/**
 * What the bridge and the reporters need of the forge; nothing of it needs an administrator.
 * Throws Terminal where a person must act (`ForgeUnauthorized` 401, `ForgeForbidden` 403, `ForgeRejected` other 4xx), Waiting where
 * it asks for patience (429), and anything else (5xx, no answer, an answer of another shape) to be tried again.
 */
export interface Forge {
  /** Our own login. */
  me(): Promise<string>;
  membership(organisation: string, user: string): Promise<Membership>;
  /** Pull requests of all repositories of an owner that changed (comments, pushes, closing) since then, whatever their state; `now` is the forge's own clock. */
  changedPulls(
    owner: string,
    since: Date,
  ): Promise<{ readonly pulls: readonly (Repository & { readonly number: number })[]; readonly now: Date }>;
  /** Comments under all issues and pull requests of a repository that were made or edited since then, oldest first. */
  commentsSince(
    repository: Repository,
    since: Date,
  ): Promise<{ readonly comments: readonly ForgeComment[]; readonly now: Date }>;
  /** Null where it is gone, or was never published. */
  comment(repository: Repository, id: number): Promise<ForgeComment | null>;
  /** All comments under one pull request, oldest first, each once. */
  comments(repository: Repository, pull: number): Promise<readonly ForgeComment[]>;
  /** Null where there is none of that number. */
  pull(repository: Repository, number: number): Promise<ForgePull | null>;
  addComment(repository: Repository, pull: number, body: string): Promise<ForgeComment>;
  /** Null where it is gone. */
  editComment(repository: Repository, id: number, body: string): Promise<ForgeComment | null>;
  /** Whether the repository has that commit; one of a fork counts where a pull request brought it. */
  hasCommit(repository: Repository, sha: string): Promise<boolean>;
  setCommitStatus(repository: Repository, sha: string, status: CommitStatus): Promise<void>;
}

/** Gitea's answers as JSON, field by field as 1.26.0 was seen to give them. */
import type { Comment, CommitStatus, GiteaState, Issue, Repository } from './gitea-state.ts';

const seconds = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

export class GiteaShapes {
  readonly #state: GiteaState;
  readonly #url: () => string;

  constructor(state: GiteaState, url: () => string) {
    this.#state = state;
    this.#url = url;
  }

  user(login: string): object {
    const known = this.#state.users.has(login.toLowerCase());
    const name = known ? login : 'Ghost';
    const id = known ? [...this.#state.users.keys()].indexOf(login.toLowerCase()) + 1 : -1;
    return { id, login: name, username: name, full_name: '', email: `${id}+${name}@noreply.localhost` };
  }

  #page({ owner, name }: Repository, { number, pull }: Issue): string {
    return `${this.#url()}/${owner}/${name}/${pull === null ? 'issues' : 'pulls'}/${number}`;
  }

  comment({ id, issue, author, body, createdAt, updatedAt }: Comment): object {
    const page = this.#page(issue.repository, issue);
    return {
      id,
      html_url: `${page}#issuecomment-${id}`,
      pull_request_url: issue.pull === null ? '' : page,
      issue_url: issue.pull === null ? page : '',
      user: this.user(author),
      original_author: '',
      original_author_id: 0,
      body,
      assets: [],
      created_at: seconds(createdAt),
      updated_at: seconds(updatedAt),
    };
  }

  /** An element of `/repos/issues/search`. */
  found(issue: Issue): object {
    const { repository, pull } = issue;
    const page = this.#page(repository, issue);
    return {
      id: issue.id,
      number: issue.number,
      html_url: page,
      title: issue.title,
      state: issue.state,
      labels: [],
      comments: this.#state.comments.filter((each) => each.issue === issue).length,
      created_at: seconds(issue.createdAt),
      updated_at: seconds(issue.updatedAt),
      closed_at: issue.state === 'closed' ? seconds(issue.updatedAt) : null,
      pull_request:
        pull === null ? null : { merged: pull.merged, merged_at: null, draft: false, html_url: page },
      repository: {
        id: 1,
        name: repository.name,
        owner: repository.owner,
        full_name: `${repository.owner}/${repository.name}`,
      },
    };
  }

  repository({ owner, name, isFork, archived }: Repository): object {
    const full = `${owner}/${name}`;
    return {
      id: 1,
      name,
      full_name: full,
      owner: this.user(owner),
      fork: isFork,
      private: false,
      archived,
      html_url: `${this.#url()}/${full}`,
      clone_url: `${this.#url()}/${full}.git`,
      default_branch: 'main',
    };
  }

  pull(issue: Issue): object {
    const { pull, repository } = issue;
    if (pull === null) throw new Error('An issue is no pull request.');
    const { head, base } = pull;
    return {
      id: issue.id,
      number: issue.number,
      title: issue.title,
      state: issue.state,
      draft: false,
      html_url: this.#page(repository, issue),
      merged: pull.merged,
      mergeable: pull.mergeable,
      merge_base: pull.mergeBase,
      created_at: seconds(issue.createdAt),
      updated_at: seconds(issue.updatedAt),
      head: {
        label: head.ref,
        ref: head.ref,
        sha: head.sha,
        repo_id: head.repository === null ? -1 : 1,
        repo: head.repository === null ? null : this.repository(head.repository),
      },
      base: { label: base.ref, ref: base.ref, sha: base.sha, repo_id: 1, repo: this.repository(repository) },
    };
  }

  /** The answer's field is `status`, not `state`. */
  status({ sha, creator, ...status }: CommitStatus): object {
    return { ...status, url: `${this.#url()}/api/v1/…/statuses/${sha}`, creator: this.user(creator) };
  }

  error(message: string): object {
    return { message, url: `${this.#url()}/api/swagger`, errors: null };
  }
}

/** What the stand-in of Gitea knows: users, organisations, repositories, pull requests, comments, statuses; changed only as a deed on a real one would change it. */

export interface User {
  readonly login: string;
  password: string;
}

export interface Token {
  readonly id: number;
  readonly name: string;
  readonly login: string;
  readonly scopes: readonly string[];
  readonly text: string;
}

export interface Comment {
  readonly id: number;
  readonly issue: Issue;
  readonly author: string;
  body: string;
  readonly createdAt: Date;
  updatedAt: Date;
}

/** An issue, or a pull request where `pull` is there. */
export interface Issue {
  readonly id: number;
  readonly repository: Repository;
  readonly number: number;
  title: string;
  state: 'open' | 'closed';
  readonly createdAt: Date;
  updatedAt: Date;
  readonly pull: Pull | null;
}

export interface Pull {
  head: { sha: string; ref: string; repository: Repository | null };
  base: { sha: string; ref: string };
  mergeBase: string;
  merged: boolean;
  mergeable: boolean;
}

export interface Repository {
  readonly owner: string;
  readonly name: string;
  readonly isFork: boolean;
  archived: boolean;
  readonly issues: Issue[];
  readonly statuses: CommitStatus[];
}

export interface CommitStatus {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly status: string;
  readonly description: string;
  readonly target_url: string;
  readonly creator: string;
}

export const ALL_SCOPES = ['write:repository', 'write:issue', 'read:organization', 'read:user'];
const START = new Date('2026-11-30T08:00:00Z');

export class GiteaState {
  /** The forge's own clock. It stands still until somebody turns it. */
  now = new Date(START);
  readonly users = new Map<string, User>();
  /** Logins of the members, by organisation. */
  readonly organisations = new Map<string, Set<string>>();
  readonly repositories = new Map<string, Repository>();
  readonly comments: Comment[] = [];
  tokens: Token[] = [];
  /** Who may write commit statuses and code; null: everybody with the scope. */
  writers: Set<string> | null = null;
  /** Commits that no repository has any more. */
  readonly lacking = new Set<string>();
  #lastId = 0;
  #lastToken = 0;

  newId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** Turns the forge's clock. */
  advance(ms: number): void {
    this.now = new Date(this.now.getTime() + ms);
  }

  addUser(login: string, password = `password of ${login}`): User {
    const user = { login, password };
    this.users.set(login.toLowerCase(), user);
    return user;
  }

  addOrganisation(name: string, members: readonly string[]): void {
    this.organisations.set(name.toLowerCase(), new Set(members));
    for (const member of members) if (!this.users.has(member.toLowerCase())) this.addUser(member);
  }

  addRepository(owner: string, name: string, { isFork = false } = {}): Repository {
    const repository: Repository = { owner, name, isFork, archived: false, issues: [], statuses: [] };
    this.repositories.set(`${owner}/${name}`.toLowerCase(), repository);
    return repository;
  }

  repository(full: string): Repository {
    const found = this.repositories.get(full.toLowerCase());
    if (found === undefined) throw new Error(`The stand-in has no repository ${full}.`);
    return found;
  }

  /** A token that lives until it is revoked. */
  addToken(login: string, scopes: readonly string[] = ALL_SCOPES, name = 'by hand'): Token {
    this.#lastToken += 1;
    const id = this.#lastToken;
    const text = id.toString(16).padStart(40, 'c');
    const token = { id, name, login, scopes, text };
    this.tokens.push(token);
    return token;
  }

  revoke(text: string): void {
    this.tokens = this.tokens.filter((token) => token.text !== text);
  }

  openIssue(full: string, title = 'An issue'): Issue {
    return this.#open(full, title, null);
  }

  /** From a branch, or from a fork of the owner `from`. */
  openPull(full: string, { sha = shaOf(1), branch = 'change', from = '', title = 'A change' } = {}): Issue {
    const base = this.repository(full);
    const repository =
      from === ''
        ? base
        : (this.repositories.get(`${from}/${base.name}`.toLowerCase()) ??
          this.addRepository(from, base.name, { isFork: true }));
    return this.#open(full, title, {
      head: { sha, ref: branch, repository },
      base: { sha: shaOf(0), ref: 'main' },
      mergeBase: shaOf(0),
      merged: false,
      mergeable: true,
    });
  }

  #open(full: string, title: string, pull: Pull | null): Issue {
    const repository = this.repository(full);
    const [createdAt, number] = [this.now, repository.issues.length + 1];
    const rest = { title, state: 'open' as const, createdAt, updatedAt: createdAt, pull };
    const issue: Issue = { id: this.newId(), repository, number, ...rest };
    repository.issues.push(issue);
    return issue;
  }

  issue(full: string, number: number): Issue {
    const found = this.repository(full).issues.find((each) => each.number === number);
    if (found === undefined) throw new Error(`The stand-in has no ${full}#${number}.`);
    return found;
  }

  addComment(issue: Issue, author: string, body: string): Comment {
    const comment = { id: this.newId(), issue, author, body, createdAt: this.now, updatedAt: this.now };
    this.comments.push(comment);
    issue.updatedAt = this.now;
    return comment;
  }

  /** As measured: the issue's own time stays. */
  editComment(id: number, body: string): Comment | null {
    const comment = this.comments.find((each) => each.id === id);
    if (comment === undefined) return null;
    comment.body = body;
    comment.updatedAt = this.now;
    return comment;
  }

  removeComment(id: number): void {
    const at = this.comments.findIndex((each) => each.id === id);
    if (at >= 0) this.comments.splice(at, 1);
  }

  setState(issue: Issue, state: 'open' | 'closed', { merged = false } = {}): void {
    issue.state = state;
    issue.updatedAt = this.now;
    if (issue.pull !== null) issue.pull.merged = merged;
  }

  push(issue: Issue, sha: string): void {
    if (issue.pull === null) throw new Error('An issue has no head.');
    issue.pull.head.sha = sha;
    issue.updatedAt = this.now;
  }

  /** The pull request's own time stays: nothing of it is a row in the database. */
  moveBase(issue: Issue, sha: string): void {
    if (issue.pull !== null) issue.pull.base.sha = sha;
  }

  removeFork(full: string): void {
    const gone = this.repository(full);
    this.repositories.delete(full.toLowerCase());
    for (const { issues } of this.repositories.values())
      for (const { number, pull } of issues)
        if (pull?.head.repository === gone)
          pull.head = { sha: pull.head.sha, ref: `refs/pull/${number}/head`, repository: null };
  }
}

/** A commit that is told from others by its number. */
export function shaOf(number: number): string {
  return number.toString(16).padStart(40, '0');
}

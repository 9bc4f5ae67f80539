/** Names that follow from what is known: of the run from the comment, of the repository from its address. Pure. */
import { createHash } from 'node:crypto';

const MAX_NAME = 63;

export interface CommentOf {
  readonly recipe: string;
  readonly pull: number;
  readonly commentId: number;
}

/** A comment has one run for ever: `<recipe>-pr<N>-c<comment>`, the recipe shortened where the whole would be no name. */
export function runNameOfComment({ recipe, pull, commentId }: CommentOf): string {
  return shortened(recipe, `-pr${pull}-c${commentId}`);
}

/** For a comment whose name is taken by one of the same id on another forge: after a move, ids begin anew. */
export function otherRunNameOf(comment: CommentOf, url: string): string {
  const mark = createHash('sha256').update(url).digest('hex').slice(0, 4);
  return shortened(comment.recipe, `-pr${comment.pull}-${mark}-c${comment.commentId}`);
}

/** Whether a comment, by its address, stands under the pull request of that address. */
export function isUnder(comment: string | undefined, pull: string): boolean {
  return comment !== undefined && comment.split('#')[0] === pull;
}

/** What the names of all runs of a pull request begin with; others' may begin so too where the recipe was shortened. */
export function isRunOf(name: string, { recipe, pull }: Omit<CommentOf, 'commentId'>): boolean {
  const { other = '', id } = /(?<other>-[0-9a-f]{4})?-c(?<id>[1-9]\d*)$/.exec(name)?.groups ?? {};
  if (id === undefined) return false;
  return [`-pr${pull}-c${id}`, `-pr${pull}${other}-c${id}`].some((tail) => name === shortened(recipe, tail));
}

/** Of the PullStatus and the PullReport. */
export function pullNameOf(recipe: string, pull: number): string {
  return shortened(recipe, `-pr${pull}`);
}

function shortened(recipe: string, tail: string): string {
  return recipe.slice(0, MAX_NAME - tail.length).replace(/-+$/, '') + tail;
}

const PATH = /^\/?(?<owner>[\w.-]+)\/(?<name>[\w.-]+?)(?:\.git)?\/?$/;
const SCP = /^(?:[\w.-]+@)(?<host>[\w.-]+):(?<path>(?!\/\/)[^\s]+)$/;

/** `owner/name` of a git address on the forge, whichever way git goes there; null where it is elsewhere. */
export function repositoryOf(address: string, forge: string): { owner: string; name: string } | null {
  const path = pathOn(address, new URL(forge));
  const { owner, name } = PATH.exec(path ?? '')?.groups ?? {};
  if (owner === undefined || name === undefined || /^\.+$/.test(owner) || /^\.+$/.test(name)) return null;
  return { owner, name };
}

function pathOn(address: string, forge: URL): string | null {
  const whole = address.replace(SCP, 'ssh://$<host>/$<path>');
  if (!URL.canParse(whole)) return null;
  const { protocol, host, hostname, pathname } = new URL(whole);
  // Only the web address has the forge's port and its path.
  if (/^https?:$/.test(protocol))
    return host === forge.host ? below(forge.pathname.replace(/\/$/, ''), pathname) : null;
  return /^(?:ssh|git):$/.test(protocol) && hostname.toLowerCase() === forge.hostname ? pathname : null;
}

function below(root: string, path: string): string | null {
  return path.startsWith(`${root}/`) ? path.slice(root.length) : null;
}

import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export const PROJECT_ROOT = resolve(import.meta.dirname, '../..');

/** Longest path the kernel takes for a Unix socket. */
const SOCKET_PATH_MAX = 107;

export function digest(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Several checkouts run side by side on one machine, so the default name comes from where this one lies. */
export function defaultName(root = PROJECT_ROOT): string {
  return `c${digest(root).slice(0, 6)}`;
}

/** Network devices have at most 15 characters in their names, and ours have up to four before the name. */
export function checkName(name: string): string {
  if (/^[a-z][a-z0-9]{0,9}$/.test(name)) return name;
  throw new Error(
    `"${name}" cannot name a sandbox: use a letter, then up to nine letters or digits, all lower case.`,
  );
}

/** Built images are shared by every checkout of this user: building them takes minutes. */
export function cacheDir(): string {
  return process.env['CCCI_CACHE'] ?? join(homedir(), '.cache/cc-ci');
}

export interface Layout {
  name: string;
  dir: string;
  socket: string;
  data: string;
  bridge: string;
  veth: string;
  netns: string;
  /** Name of the cgroup that every container is under. */
  cgroup: string;
}

/** Where everything of one sandbox is: nothing of it lies anywhere else. */
export function layoutOf(options: { name?: string; dir?: string } = {}): Layout {
  const name = checkName(options.name ?? defaultName());
  const dir = resolve(options.dir ?? join(PROJECT_ROOT, '.ccci/sandbox', name));
  const socket = join(dir, 'docker.sock');
  if (socket.length > SOCKET_PATH_MAX) {
    throw new Error(
      `The path ${socket} is too long for a socket: check the project out in a shorter folder.`,
    );
  }
  return {
    name,
    dir,
    socket,
    data: join(dir, 'data'),
    bridge: `ccb-${name}`,
    veth: `ccv-${name}`,
    netns: `ccci-${name}`,
    cgroup: `ccci-${name}`,
  };
}

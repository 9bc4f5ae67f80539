/** Which mounts a service may have: named volumes, memory of a bounded size, and paths that the operator names. Pure. */
import { posix } from 'node:path';
import { isTree, textOf, type Tree } from '../recipe/compose-parse.ts';
import type { Allow, Finding } from './finding.ts';
import {
  both,
  isAtMost,
  each,
  either,
  flag,
  isOn,
  keys,
  matching,
  oneOf,
  ownerOf,
  refused,
  scalar,
  shown,
  text,
  when,
  wrong,
  type Check,
  type Spot,
} from './spot.ts';

export const MAX_TMPFS = '1g';

interface Bind {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

const SOCKETS = ['/var/run/docker.sock', '/run/docker.sock'];
/** So common, and so harmless to read, that a run would teach nobody anything. */
const READABLE = ['/etc/localtime', '/etc/timezone'];

function bindFindings(spot: Spot, bind: Bind): Finding[] {
  const source = posix.normalize(bind.source);
  const { allow } = spot.scene;
  if (isSocket(source, bind.target)) return socketFindings(spot, bind);
  if (isAllowedPath(source, allow) || (bind.readOnly && READABLE.includes(source))) return [];
  return refused(spot, 'HostBind', [
    `${ownerOf(spot)} mounts ${shown(bind.source)} of the host.`,
    source.startsWith('/')
      ? `Use a named volume, or let the operator add "${shown(source)}" to allow.binds of the RecipeSpec.`
      : 'Use a config (for files of the recipe) or a named volume (for data): a swarm has many hosts.',
  ]);
}

/** Docker may listen elsewhere; where the container expects it tells as well. */
function isSocket(source: string, target: string): boolean {
  return posix.basename(source) === 'docker.sock' || SOCKETS.includes(posix.normalize(target));
}

/** The socket is the host: it has to be named itself, a folder around it is not enough. */
function socketFindings(spot: Spot, bind: Bind): Finding[] {
  const source = posix.normalize(bind.source);
  const names = SOCKETS.includes(source) ? SOCKETS : [source];
  if (spot.scene.allow.binds.some((path) => names.includes(posix.normalize(path)))) return [];
  return refused(spot, 'DockerSocket', [
    `${ownerOf(spot)} mounts the Docker socket (${shown(bind.source)}), which makes it root on the host.`,
    'Do without it, use a socket proxy, or let the operator add "/var/run/docker.sock" to allow.binds of the RecipeSpec.',
  ]);
}

export function isAllowedPath(source: string, allow: Allow): boolean {
  return allow.binds.some((path) => {
    const allowed = posix.normalize(path).replace(/\/+$/, '') || '/';
    return source === allowed || (allowed !== '/' && source.startsWith(`${allowed}/`));
  });
}

/** Longer than one letter, which docker could take for a drive. */
const NAME = /^[A-Za-z0-9][\w.-]+$/;
const isPath = (source: string): boolean => /^[./~\\]/.test(source);
const isTarget = (path: string): boolean => path.startsWith('/') && !/[\0\n]/.test(path);
const OPTIONS = ['', 'ro', 'rw', 'nocopy', 'z', 'Z'];
const SHARING = ['private', 'rprivate', 'slave', 'rslave', 'shared', 'rshared'];

/** `[source:]target[:options]`, where a source that begins like a path is one of the host. */
const shortMount: Check = (spot) => {
  const [source = '', target, options = '', ...more] = textOf(spot.value).split(':');
  if (target === undefined) return isTarget(source) ? [] : wrong(spot, 'source:target');
  const mode = options.split(',');
  const binds = isPath(source)
    ? bindFindings(spot, { source, target, readOnly: mode.includes('ro') })
    : named(spot, source);
  const may = isPath(source) ? [...OPTIONS, ...SHARING] : OPTIONS;
  const fits = isTarget(target) && more.length === 0 && mode.every((word) => may.includes(word));
  return fits ? binds : [...binds, ...wrong(spot, MOUNT)];
};

const named = (spot: Spot, source: string): Finding[] => (NAME.test(source) ? [] : wrong(spot, MOUNT));

const MOUNT = 'name:/target, with the options ro, rw or nocopy';

const LONG = keys({
  type: oneOf('volume', 'tmpfs', 'bind'),
  source: scalar,
  target: matching(/^\/[^\0\n]*$/, 'an absolute path'),
  read_only: flag,
  consistency: oneOf('consistent', 'cached', 'delegated'),
  bind: keys({ propagation: oneOf(...SHARING) }),
  volume: keys({ nocopy: flag }),
  tmpfs: keys({
    size: when((value) => isAtMost(value, MAX_TMPFS), `at most ${MAX_TMPFS}`, 'OverLimit'),
    mode: scalar,
  }),
});

const longMount: Check = (spot) => {
  const volume = spot.value as Tree;
  const [source, target] = [textOf(volume['source'] ?? ''), textOf(volume['target'] ?? '')];
  const type = textOf(volume['type'] ?? 'volume');
  const bind = { source, target, readOnly: isOn(volume['read_only']) };
  if (type === 'bind' || isPath(source)) return [...LONG(spot), ...bindFindings(spot, bind)];
  const named = type === 'tmpfs' || source === '' || NAME.test(source);
  return [...LONG(spot), ...(named ? [] : wrong(spot, 'a volume with a plain name'))];
};

export const mounts = each((spot) => (isTree(spot.value) ? longMount(spot) : both(text, shortMount)(spot)));

/** `/run:size=64m,mode=1777`; without a size, memory’s limit is the container’s. */
export const tmpfs: Check = either({
  scalar: (spot) => tmpfsLine(spot),
  list: each((spot) => tmpfsLine(spot)),
});

function tmpfsLine(spot: Spot): Finding[] {
  const [path = '', options = '', ...more] = textOf(spot.value).split(':');
  const fits = isTarget(path) && more.length === 0;
  return fits && tmpfsOptions(options)
    ? []
    : wrong(spot, `a path, with size (at most ${MAX_TMPFS}), mode, uid and gid`);
}

export function tmpfsOptions(options: string): boolean {
  return options.split(',').every((option) => {
    const [name = '', value] = option.split('=');
    if (value === undefined) return /^(?:|ro|rw|exec|noexec|nosuid|suid|nodev|async|noatime)$/.test(name);
    if (name === 'size') return isAtMost(value, MAX_TMPFS);
    return ['mode', 'uid', 'gid'].includes(name) && /^\d{1,10}$/.test(value);
  });
}

/** By its text alone; where links lead only the checkout can say. */
export function leadsOutside(path: string): boolean {
  const plain = posix.normalize(path);
  return (
    posix.isAbsolute(plain) || plain.startsWith('~') || ['..', '.git'].includes(plain.split('/')[0] ?? '')
  );
}

/** Docker reads these on the machine that deploys, as us. */
export const fileInside =
  (kind: string): Check =>
  (spot) => {
    const path = isTree(spot.value) ? textOf(spot.value['path'] ?? '') : textOf(spot.value);
    if (!leadsOutside(path)) return [];
    return refused(spot, 'PathOutside', [
      `The ${kind} file ${shown(path)} is outside the recipe’s own folder.`,
      'Keep the file in the recipe and name it relative to it.',
    ]);
  };

/** Docker reads it with a parser of its own, which is neither that of the .env nor that of the compose file. */
const noEnvFile: Check = (spot) =>
  refused(spot, 'WrongValue', [
    `${ownerOf(spot)} has an env_file, which docker reads in another way than everything else here.`,
    'Write its lines under environment; what an operator may change belongs into .env.sample.',
  ]);

export const envFiles: Check = (spot) => {
  const outside = (Array.isArray(spot.value) ? each(fileInside('env_file')) : fileInside('env_file'))(spot);
  return outside.length > 0 ? outside : noEnvFile(spot);
};

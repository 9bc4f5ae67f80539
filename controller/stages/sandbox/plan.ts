/** What a sandbox is made of: bubblewrap's arguments. Pure. */

export interface SandboxLimits {
  /** From start to end. */
  readonly timeoutMs: number;
  /** All processes and temporary files together, where the machine has cgroups. */
  readonly memoryBytes: number;
  /** What one process may ask for, which for V8 is much more than it takes. */
  readonly dataBytes: number;
  readonly processes: number;
  /** Of one file that is written. */
  readonly fileBytes: number;
  /** `/tmp`. */
  readonly scratchBytes: number;
  /** Of the output's beginning and of its end, each. */
  readonly outputBytes: number;
}

const MIB = 1024 * 1024;
export const LIMITS: SandboxLimits = {
  timeoutMs: 60_000,
  memoryBytes: 1024 * MIB,
  dataBytes: 4096 * MIB,
  processes: 256,
  fileBytes: 64 * MIB,
  scratchBytes: 256 * MIB,
  outputBytes: 64 * 1024,
};
const SHARED_MEMORY_BYTES = 64 * MIB;
const OPEN_FILES = 1_024;

/** A file or folder of this machine, and where the sandbox has it. */
export interface Bind {
  readonly from: string;
  readonly to: string;
}

/** `/bin` is a folder here and a link there; a machine may lack some of them. */
export type SystemPath =
  | { readonly path: string; readonly link: string }
  | { readonly path: string; readonly link: null };

export interface SandboxPlan {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Of nobody else on this machine. */
  readonly uid: number;
  readonly system: readonly SystemPath[];
  /** Read-only. */
  readonly binds: readonly Bind[];
  /** The only thing of this machine that can be written, and only it: a file. */
  readonly report: Bind | null;
  readonly limits: SandboxLimits;
}

/** Descriptors that bubblewrap is started with. */
export const FD = { status: 3, block: 4, seccomp: 5 } as const;

export function bwrapArgs(plan: SandboxPlan, fd: Partial<typeof FD> = FD): string[] {
  const { argv, cwd, env, system, binds, report } = plan;
  return [
    '--unshare-pid',
    '--unshare-net',
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
    '--hostname',
    'recipe-tests',
    '--die-with-parent',
    '--new-session',
    ...system.flatMap(({ path, link }) =>
      link === null ? ['--ro-bind', path, path] : ['--symlink', link, path],
    ),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    ...scratch('/dev/shm', SHARED_MEMORY_BYTES),
    ...scratch('/tmp', plan.limits.scratchBytes),
    ...foldersFor([...binds, ...(report === null ? [] : [report])]),
    ...binds.flatMap(({ from, to }) => ['--ro-bind', from, to]),
    ...(report === null ? [] : ['--bind', report.from, report.to]),
    '--remount-ro',
    '/',
    '--chdir',
    cwd,
    '--clearenv',
    ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
    ...(fd.status === undefined ? [] : ['--json-status-fd', String(fd.status)]),
    ...(fd.block === undefined ? [] : ['--block-fd', String(fd.block)]),
    '--seccomp',
    String(FD.seccomp),
    '--',
    ...limitArgs(plan.limits),
    ...userArgs(plan.uid),
    ...ONE_OUTPUT,
    ...argv,
  ];
}

/** Both outputs through one pipe, as on a terminal: of two nobody knows which was said last, and the last line is the cause. */
const ONE_OUTPUT = ['/bin/sh', '-c', 'exec "$@" 2>&1', 'sh'];

/** Bubblewrap would make them for root alone. */
function foldersFor(binds: readonly Bind[]): string[] {
  const folders = binds.flatMap(({ to }) => {
    const parts = to.split('/').slice(1, -1);
    return parts.map((_part, index) => `/${parts.slice(0, index + 1).join('/')}`);
  });
  return [...new Set(folders)].sort().flatMap((folder) => ['--perms', '0755', '--dir', folder]);
}

function scratch(path: string, bytes: number): string[] {
  return ['--perms', '1777', '--size', String(bytes), '--tmpfs', path];
}

/** What holds for each process, also where there are no cgroups. Of processes, for all of the user. */
function limitArgs({ dataBytes, processes, fileBytes, timeoutMs }: SandboxLimits): string[] {
  const limits = {
    data: dataBytes,
    nproc: processes,
    fsize: fileBytes,
    nofile: OPEN_FILES,
    core: 0,
    memlock: 0,
    cpu: Math.ceil(timeoutMs / 1_000) + 1,
  };
  return ['prlimit', ...Object.entries(limits).map(([name, value]) => `--${name}=${value}:${value}`), '--'];
}

/** Bubblewrap needs root to make the sandbox; what runs in it has another user and nothing of root's. */
function userArgs(uid: number): string[] {
  const who = ['--reuid', String(uid), '--regid', String(uid), '--clear-groups'];
  const powers = ['--no-new-privs', '--inh-caps=-all', '--ambient-caps=-all', '--bounding-set=-all'];
  return ['setpriv', ...who, ...powers, '--'];
}

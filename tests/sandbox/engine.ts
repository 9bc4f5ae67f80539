import { spawn } from 'node:child_process';
import { existsSync, openSync, closeSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Docker from 'dockerode';
import {
  type ProcessId,
  argvOf,
  identify,
  isAlive,
  listInside,
  listPids,
  signal,
  waitUntil,
} from './processes.ts';

const INIT = fileURLToPath(new URL('init.sh', import.meta.url));
const VIPD = fileURLToPath(new URL('vipd.ts', import.meta.url));
/** A cold dockerd answers within a second; a machine that is building images at the same time needs longer. */
const READY_MS = 60_000;
/** Longer than dockerd's own limit for stopping what runs. */
const STOP_MS = 30_000;

/** A private dockerd and containerd: in namespaces of their own, everything they keep in one folder. */
export interface Engine {
  dir: string;
  socket: string;
  cgroup: string;
}

export interface EngineOptions {
  /** Settings of dockerd's daemon.json beside the ones every engine here has. */
  settings: Record<string, unknown>;
  resolvConf: string;
  /** Network namespace under /run/netns; without it the engine is in the host's network. */
  netns?: string;
  hostname?: string;
  registryConfig?: string;
  vipd?: boolean;
  env?: NodeJS.ProcessEnv;
}

const CONTAINERD = (dir: string) => `version = 2
root = "${dir}/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "/run/containerd/containerd.sock"
`;

/** A client for `unix:///path/docker.sock` or `tcp://host:port`. */
export function dockerAt(dockerHost: string): Docker {
  if (dockerHost.startsWith('unix://')) return new Docker({ socketPath: dockerHost.slice('unix://'.length) });
  const { hostname, port } = new URL(dockerHost);
  return new Docker({ host: hostname, port: Number(port || 2375), protocol: 'http' });
}

export async function isAnswering(socket: string): Promise<boolean> {
  if (!existsSync(socket)) return false;
  try {
    await new Docker({ socketPath: socket, timeout: 5_000 }).ping();
    return true;
  } catch {
    return false;
  }
}

/** Starts the engine and waits until it answers. */
export async function startEngine(engine: Engine, options: EngineOptions): Promise<void> {
  await writeConfig(engine, options);
  await rm(engine.socket, { force: true });
  const id = launch(engine, options);
  await writeFile(pidFile(engine), JSON.stringify(id));
  const ready = await waitUntil(async () => !isAlive(id) || (await isAnswering(engine.socket)), READY_MS);
  if (ready && isAlive(id)) return;
  const tail = await logTail(engine);
  await killEngine(engine);
  throw new Error(`The private dockerd did not start. The last lines of its logs in ${engine.dir}:\n${tail}`);
}

async function writeConfig({ dir, cgroup }: Engine, options: EngineOptions): Promise<void> {
  const daemon = {
    'cgroup-parent': `/${cgroup}`,
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'storage-driver': 'overlay2',
    ...options.settings,
  };
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'containerd.toml'), CONTAINERD(dir));
  await writeFile(join(dir, 'daemon.json'), JSON.stringify(daemon, null, 2));
  await writeFile(join(dir, 'resolv.conf'), options.resolvConf);
  if (options.hostname) await writeFile(join(dir, 'hostname'), `${options.hostname}\n`);
  if (options.registryConfig) await writeFile(join(dir, 'registry.yml'), options.registryConfig);
}

function launch({ dir }: Engine, options: EngineOptions): ProcessId {
  // Not `ip netns exec`: it mounts /sys anew and so hides the cgroups from dockerd.
  const enter = options.netns ? [`--net=/run/netns/${options.netns}`] : [];
  const apart = ['--mount', '--uts', '--ipc', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const args = [...enter, 'unshare', ...apart, 'bash', INIT, dir];
  const log = openSync(join(dir, 'init.log'), 'a');
  const child = spawn('nsenter', args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      // Swarm agents pull before they use a local image; with this (undocumented) variable they look first.
      DOCKER_SERVICE_PREFER_OFFLINE_IMAGE: '1',
      CCCI_NODE: process.execPath,
      ...(options.netns ? { CCCI_PRIVATE_NETWORK: '1' } : {}),
      ...(options.vipd ? { CCCI_VIPD: VIPD } : {}),
      ...options.env,
    },
  });
  child.unref();
  closeSync(log);
  const id = child.pid === undefined ? undefined : identify(child.pid);
  if (!id) throw new Error(`Could not start nsenter: is util-linux installed, and is this root?`);
  return id;
}

function pidFile({ dir }: Engine): string {
  return join(dir, 'init.pid');
}

/** The engine's outer process, found again by its pid file, or by its command line where that was lost. */
export async function findEngine(engine: Engine): Promise<ProcessId | undefined> {
  const text = await readFile(pidFile(engine), 'utf8').catch(() => '');
  const noted = text === '' ? undefined : (JSON.parse(text) as ProcessId);
  if (noted && isAlive(noted) && isOurs(noted.pid, engine)) return noted;
  const pid = listPids().find((candidate) => isOurs(candidate, engine));
  return pid === undefined ? undefined : identify(pid);
}

function isOurs(pid: number, { dir }: Engine): boolean {
  const argv = argvOf(pid);
  return argv[0] === 'unshare' && argv.at(-2)?.endsWith('/init.sh') === true && argv.at(-1) === dir;
}

/** Lets dockerd write down what it has, for engines whose data is used again. */
export async function stopEngine(engine: Engine): Promise<void> {
  const id = await findEngine(engine);
  if (!id) return;
  const first = listInside(id).find((pid) => argvOf(pid).at(-1) === engine.dir);
  if (first !== undefined) process.kill(first, 'SIGTERM');
  await waitUntil(() => !isAlive(id), STOP_MS);
  await killEngine(engine);
}

/** Ends the engine and all its containers at once: its namespace's first process takes everything with it. */
export async function killEngine(engine: Engine): Promise<void> {
  const id = await findEngine(engine);
  const inside = id ? listInside(id).map(identify) : [];
  if (id) signal(id, 'SIGKILL');
  const gone = await waitUntil(() => !inside.some((process) => process && isAlive(process)), STOP_MS);
  if (!gone)
    throw new Error(`Processes of the sandbox in ${engine.dir} do not end: see \`ps -eo pid,stat,args\`.`);
  await rm(pidFile(engine), { force: true });
}

/** Kills dockerd, as a crash would; init.sh then ends its containers and starts everything anew. */
export async function killDaemon(engine: Engine): Promise<void> {
  const id = await findEngine(engine);
  const pid = id && listInside(id).find((candidate) => argvOf(candidate)[0]?.endsWith('dockerd'));
  const daemon = pid === undefined ? undefined : identify(pid);
  if (!daemon) throw new Error(`No dockerd runs for ${engine.dir}.`);
  signal(daemon, 'SIGKILL');
  await waitUntil(() => !isAlive(daemon), STOP_MS);
}

async function logTail({ dir }: Engine): Promise<string> {
  const tails = ['init', 'containerd', 'dockerd'].map(async (name) => {
    const text = await readFile(join(dir, `${name}.log`), 'utf8').catch(() => '');
    return text
      .trimEnd()
      .split('\n')
      .slice(-6)
      .map((line) => `${name}: ${line}`);
  });
  return (await Promise.all(tails)).flat().join('\n');
}

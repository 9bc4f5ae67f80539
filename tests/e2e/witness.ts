/** What of this machine would show that an app, or a file of a recipe, reached it: looked at before, meanwhile and afterwards. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { layoutOf } from '../sandbox/paths.ts';
import { argvOf, listInside, type ProcessId } from '../sandbox/processes.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

/** The folder that the attacks name. */
const PLANTED = '/srv/planted';
const CANARY = join(PLANTED, 'canary');
/** Services of the loopback that the attacks name, and what a cloud answers about its machines. */
const LOOPBACK = [5000, 7979, 7980, 2049].map((port) => `127.0.0.1:${port}`);
const METADATA = '169.254.169.254';
/** Traefik holds port 80 of every address, so what goes there is counted and not heard: of containers, and of Docker itself. */
const COUNTED = ['PREROUTING', 'OUTPUT'];
const LOOK_MS = 500;

export interface Witness {
  /** Asks each listener once, as an attack would, and reads the planted file: a witness that is blind sees nothing of anybody. */
  touch(): Promise<void>;
  /** What was heard and read since the last call. */
  heard(): Promise<string[]>;
  /** What is there and was not before; what was there for a moment too, but of programs. */
  changes(): Promise<string[]>;
  close(): Promise<void>;
}

const run = promisify(execFile);
const linesOf = async (program: string, args: readonly string[]): Promise<string[]> =>
  (await run(program, [...args])).stdout.split('\n').filter((line) => line !== '');

/** In the network of the sandbox's Docker, whose loopback is the host's to every app. */
const LISTENER = `
const { createServer } = require('node:net');
for (const at of process.argv.slice(1)) {
  const [host, port] = at.split(':');
  createServer((socket) => { console.log('heard at ' + at); socket.destroy(); }).listen(Number(port), host, () => console.log('listens'));
}`;

async function listen(netns: readonly string[], heard: string[]) {
  const child = spawn('nsenter', [...netns, process.execPath, '-e', LISTENER, ...LOOPBACK], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let waiting = LOOPBACK.length;
  const ready = Promise.withResolvers<void>();
  child.once('exit', (code) => ready.reject(new Error(`The listener ended with ${code}.`)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'listens') waiting -= 1;
    else heard.push(line);
    if (waiting === 0) ready.resolve();
  });
  await ready.promise;
  return async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
}

/** The address that a cloud has for its metadata, on the sandbox's loopback, and a rule that counts what comes to it. */
async function metadata(netns: readonly string[]) {
  const inside = (...args: readonly string[]): Promise<string[]> => linesOf('nsenter', [...netns, ...args]);
  const iptables = (...args: readonly string[]): Promise<string[]> =>
    inside('iptables', '-w', '-t', 'mangle', ...args);
  const rules = async (what: '-A' | '-D'): Promise<void> => {
    for (const chain of COUNTED) await iptables(what, chain, '-d', METADATA);
  };
  await inside('ip', 'address', 'replace', `${METADATA}/32`, 'dev', 'lo');
  await rules('-A');
  return {
    heard: async (): Promise<string[]> => {
      const listed = await Promise.all(COUNTED.map((chain) => iptables('-L', chain, '-n', '-v', '-x', '-Z')));
      const counts = listed
        .flat()
        .filter((line) => line.includes(METADATA))
        .map((line) => Number(line.trim().split(/\s+/)[0]));
      return counts.some((packets) => packets > 0) ? [`heard at ${METADATA}`] : [];
    },
    close: async (): Promise<void> => {
      await rules('-D');
      await inside('ip', 'address', 'del', `${METADATA}/32`, 'dev', 'lo');
    },
  };
}

/** A file whose last reading is older than its last change is told of every reading (relatime). */
async function plant(at: Date): Promise<void> {
  await mkdir(PLANTED, { recursive: true });
  await writeFile(CANARY, 'of the machine\n');
  await utimes(CANARY, new Date(0), at);
}

async function planted(at: Date): Promise<string[]> {
  const others = (await readdir(PLANTED)).filter((name) => join(PLANTED, name) !== CANARY);
  const { mtimeMs, atimeMs } = await stat(CANARY);
  return [
    ...others.map((name) => `${join(PLANTED, name)} is new`),
    ...(mtimeMs === at.getTime() ? [] : [`${CANARY} was written`]),
    ...(atimeMs === 0 ? [] : [`${CANARY} was read`]),
  ];
}

/** Names, sizes and times of what an app would like to write. */
async function files(): Promise<string[]> {
  const below = await readdir('/etc', { recursive: true, withFileTypes: true });
  const all = below.filter((entry) => entry.isFile()).map((each) => join(each.parentPath, each.name));
  const told = all.map(async (path) => {
    const { size, mtimeMs } = await stat(path);
    return `file ${path} ${size} ${mtimeMs}`;
  });
  return [...(await Promise.all(told)), `folder /srv ${(await readdir('/srv')).join(' ')}`];
}

interface Places {
  readonly dir: string;
  /** Outermost process of the sandbox, in its mount namespace. */
  readonly init: ProcessId;
  readonly netns: readonly string[];
}

/** Where Docker keeps what is the containers' own. */
const isDockers = (line: string, dir: string): boolean =>
  [`${dir}/data/`, `${dir}/containerd/`, '/run/docker/', '/run/containerd/'].some((path) =>
    (line.split(' ')[2] ?? '').startsWith(path),
  );

/** Also those that are there for a moment. */
async function passing({ dir, init, netns }: Places): Promise<string[]> {
  const mounts = (await readFile(`/proc/${init.pid}/mountinfo`, 'utf8')).split('\n');
  const own = mounts
    .map((line) => line.split(' ').slice(2).join(' '))
    .filter((line) => !isDockers(line, dir));
  const routes = await linesOf('nsenter', [...netns, 'ip', '-o', 'route', 'show', 'table', 'all']);
  const hosts = await linesOf('ip', ['-o', 'route']);
  return [
    ...own.map((line) => `mount ${line}`),
    // Each container is told to its own bridge by name and address; what leads elsewhere is a route of its own.
    ...routes
      .filter((line) => !/^(?:local|broadcast|multicast|fe80|anycast)/.test(line))
      .map((line) => `route ${line.trim()}`),
    ...hosts.map((line) => `route of the machine ${line.trim()}`),
  ];
}

/** Without counters; the sandbox's own stand-in for IPVS writes its chain anew. */
async function staying(places: Places): Promise<string[]> {
  const rules = await linesOf('nsenter', [...places.netns, 'iptables-save']);
  const programs = listInside(places.init)
    .map((pid) => argvOf(pid)[0] ?? '')
    .filter((program) => program !== '');
  return [
    ...rules
      .filter((line) => line.startsWith('-A') && !/CIVIP|172\.18\./.test(line))
      .map((line) => `rule ${line}`),
    ...[...new Set(programs)].map((program) => `program ${program}`),
    ...(await files()),
  ];
}

/** Null for somebody else's Docker, whose host is not this machine's to look at. */
export async function openWitness(sandbox: Sandbox): Promise<Witness | null> {
  if ((process.env['CCCI_DOCKER_HOST'] ?? '') !== '') return null;
  const init = JSON.parse(await readFile(join(sandbox.dir, 'init.pid'), 'utf8')) as ProcessId;
  const netns = [`--net=/run/netns/${layoutOf({ name: sandbox.name, dir: sandbox.dir }).netns}`];
  const places = { dir: sandbox.dir, init, netns };
  const at = new Date();
  await plant(at);
  const heard: string[] = [];
  const stopListening = await listen(netns, heard);
  const cloud = await metadata(netns);
  const before = new Set([...(await passing(places)), ...(await staying(places))]);
  const seen = new Set<string>();
  const over = new AbortController();
  const looking = (async () => {
    while (!over.signal.aborted) {
      for (const line of await passing(places)) seen.add(line);
      await delay(LOOK_MS, undefined, { signal: over.signal }).catch(() => undefined);
    }
  })();
  return {
    touch: async () => {
      for (const place of [...LOOPBACK, `${METADATA}:80`]) {
        const [host = '', port = ''] = place.split(':');
        const script = `require('node:net').connect(${port}, '${host}').on('connect', function () { this.destroy(); })`;
        await run('nsenter', [...netns, process.execPath, '-e', script]);
      }
      await readFile(CANARY);
    },
    heard: async () => {
      const all = [...heard.splice(0), ...(await cloud.heard()), ...(await planted(at))];
      await plant(at);
      return all;
    },
    changes: async () => {
      for (const line of [...(await passing(places)), ...(await staying(places))]) seen.add(line);
      return [...seen].filter((line) => !before.has(line));
    },
    close: async () => {
      over.abort();
      await looking;
      await stopListening();
      await cloud.close();
      await rm(CANARY);
      // Ours where nothing else is in it.
      await rmdir(PLANTED).catch(() => undefined);
    },
  };
}

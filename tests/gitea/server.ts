/** A real Gitea on a loopback port, with data of its own that goes with it. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '../sandbox/processes.ts';
import { ensureGitea } from './build.ts';
import { command, launch, makePlace, type Running, writeOwn } from './program.ts';
import { readRequests, type ServedRequest } from './requests.ts';
import { ACCESS_LOG, iniText, type Settings, settingsOf } from './settings.ts';

/** A line of the log comes moments after its answer. */
const WRITTEN_MS = 60_000;
/** Its own requests, by which `requests` knows that all before are written. */
const MARK = '/api/v1/version?mark=';

export interface GiteaServer {
  /** `http://127.0.0.1:PORT`, without a slash at the end; the same after an outage. */
  readonly url: string;
  readonly dir: string;
  readonly logFile: string;
  /** Every request that was answered so far, oldest first. */
  requests(): Promise<readonly ServedRequest[]>;
  /** Its own command line: `gitea admin …`, beside the running server. */
  command(argv: readonly string[]): Promise<string>;
  /** An outage: connections are refused until `up`, and no data is lost. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** Ends it and removes all that it had. */
  stop(): Promise<void>;
}

export interface GiteaOptions {
  /** Beside, and over, those of settings.ts. */
  readonly settings?: Settings;
  /** Where its folder is made: the system's temporary folder if nothing is said. */
  readonly parent?: string;
  /** It goes on when this process has ended; `endKept` ends it then. */
  readonly outlives?: boolean;
}

export async function startGitea({
  settings = {},
  parent = tmpdir(),
  outlives = false,
}: GiteaOptions = {}): Promise<GiteaServer> {
  const built = await ensureGitea();
  const dir = await mkdtemp(join(parent, 'ccci-gitea-'));
  try {
    const port = await freePort();
    await makePlace(dir, built);
    await writeOwn(join(dir, 'app.ini'), iniText(settingsOf({ dir, port }), settings));
    const server = serverIn({ dir, port, outlives });
    await server.up();
    return server;
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

interface Place {
  readonly dir: string;
  readonly port: number;
  readonly outlives: boolean;
}

function serverIn({ dir, port, outlives }: Place): GiteaServer {
  const url = `http://127.0.0.1:${port}`;
  const logFile = join(dir, 'log', 'gitea.log');
  let running: Running | undefined;
  const down = async (): Promise<void> => {
    const ending = running;
    running = undefined;
    await ending?.end();
  };
  return {
    url,
    dir,
    logFile,
    requests: () => requestsOf(join(dir, 'log', ACCESS_LOG), running === undefined ? undefined : url),
    command: (argv) => command(dir, argv),
    down,
    up: async () => {
      running ??= await launch(dir, url, outlives);
    },
    stop: async () => {
      await down();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The log is written a moment after the answer, and in order: once our own request is there, those before it are. */
async function requestsOf(file: string, url: string | undefined): Promise<ServedRequest[]> {
  if (url !== undefined) {
    const mark = `${MARK}${randomUUID()}`;
    await (await fetch(`${url}${mark}`)).arrayBuffer();
    const written = async (): Promise<boolean> =>
      (await readRequests(file)).some(({ path }) => path === mark);
    if (!(await waitUntil(written, WRITTEN_MS)))
      throw new Error(`${file} lacks a request that was answered.`);
  }
  const ours = (path: string): boolean => path.startsWith(MARK) || path === '/api/healthz';
  return (await readRequests(file)).filter(({ path }) => !ours(path));
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string')
    throw new Error('This machine gave no port to listen on.');
  return address.port;
}

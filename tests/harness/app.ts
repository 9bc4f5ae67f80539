/** The app under test: asked through the proxy, and looked into through Docker. */
import type { AppContext } from '../../controller/stages/app/app-context.ts';
import { makeHttps } from '../../controller/stages/route/https.ts';
import { type Answered, type Docker, makeDocker } from './docker.ts';
import { type Files, makeFiles } from './files.ts';

export interface AppRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Executed {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface App {
  readonly url: string;
  readonly domain: string;
  readonly stack: string;
  readonly recipe: string;
  readonly commit: string;
  readonly version: string | null;
  readonly health: { readonly path: string; readonly status: number };
  /** Verified HTTPS through the proxy, path relative to the app's root. Redirects are answers, and are not followed. */
  fetch(path: string, init?: AppRequest): Promise<Response>;
  /** Runs a command in the running container of a service; a command that fails is an answer, not an error. */
  exec(service: string, argv: readonly [string, ...string[]], input?: string | Uint8Array): Promise<Executed>;
  /** The same, for content that is not text. */
  execBytes(service: string, argv: readonly [string, ...string[]]): Promise<Uint8Array>;
  /** Files of a service's running container; its image needs no shell. */
  readonly files: Files;
  /** What the service's tasks wrote that are or were on this node, oldest first, newest 1,000 lines of each. */
  logs(service: string): Promise<string>;
}

const FETCH_MS = 15_000;
const FETCH_BYTES = 64 * 1024 * 1024;
const LOG_LINES = 1_000;
/** A Response refuses a body with these. */
const BODILESS = [101, 204, 205, 304];

export function makeApp(context: AppContext): App {
  const { url, domain, stack, recipe, commit, version, health } = context;
  const https = makeHttps(context);
  const docker = makeDocker(context);
  const run = async (
    service: string,
    argv: readonly string[],
    input?: string | Uint8Array,
  ): Promise<Answered> => {
    const container = await runningContainer(docker, stack, service);
    return docker(['exec', ...(input === undefined ? [] : ['-i']), container, ...argv], input);
  };
  return {
    url,
    domain,
    stack,
    recipe,
    commit,
    version,
    health,
    files: makeFiles(docker, (service) => runningContainer(docker, stack, service)),
    async fetch(path, init = {}) {
      const raw = await https.send(new URL(path, `${url}/`), {
        ...init,
        timeoutMs: FETCH_MS,
        maxBytes: FETCH_BYTES,
      });
      const headers = new Headers({ ...raw.headers });
      headers.delete('set-cookie');
      for (const cookie of raw.setCookies) headers.append('set-cookie', cookie);
      const body = BODILESS.includes(raw.status) ? null : new Uint8Array(raw.body);
      return new Response(body, { status: raw.status, headers });
    },
    async exec(service, argv, input) {
      const { exitCode, stdout, stderr } = await run(service, argv, input);
      return { exitCode, stdout: text(stdout), stderr: text(stderr) };
    },
    async execBytes(service, argv) {
      const { exitCode, stdout, stderr } = await run(service, argv);
      if (exitCode !== 0)
        throw new Error(`${argv[0]} in "${service}" ended with ${exitCode}: ${text(stderr)}`);
      return stdout;
    },
    async logs(service) {
      // Not `docker service logs`, which may wait for ever for a task that has ended.
      const said: string[] = [];
      for (const container of (await containersOf(docker, { stack, service, all: true })).toReversed()) {
        const { stdout, stderr } = await docker(['logs', '--tail', String(LOG_LINES), container]);
        said.push(text(stdout), text(stderr));
      }
      return said.join('');
    },
  };
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

interface OfService {
  readonly stack: string;
  readonly service: string;
  /** Also those that have ended. */
  readonly all: boolean;
}

/** Newest first. */
async function containersOf(docker: Docker, { stack, service, all }: OfService): Promise<string[]> {
  const ofService = ['--filter', `label=com.docker.swarm.service.name=${stack}_${service}`];
  const which = all ? ['--all'] : ['--filter', 'status=running'];
  const { exitCode, stdout, stderr } = await docker(['ps', '--quiet', '--no-trunc', ...ofService, ...which]);
  if (exitCode !== 0) throw new Error(`docker ps: ${text(stderr)}`);
  return text(stdout)
    .split('\n')
    .filter((id) => id !== '');
}

/** The newest where an update runs two side by side. */
async function runningContainer(docker: Docker, stack: string, service: string): Promise<string> {
  const [container] = await containersOf(docker, { stack, service, all: false });
  if (container === undefined)
    throw new Error(`No container of the service "${service}" (${stack}_${service}) runs on this node.`);
  return container;
}

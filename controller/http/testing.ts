/** A server on a real socket for the tests of this room, on a state directory and a store of its own. */
import { createHmac } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { API_VERSION } from '../api/primitives.ts';
import type { TestRunStatusBody } from '../api/test-run-status.ts';
import type { Log } from '../runtime/log.ts';
import { makePulse } from '../runtime/pulse.ts';
import { type FileStore, openStore } from '../store/file-store.ts';
import { type Layout, makeLayout } from '../store/layout.ts';
import { listNudges, type Nudge } from '../store/nudges.ts';
import { readStore } from '../views/read-store.ts';
import { type Http, type HttpDeps, startHttp } from './server.ts';

export const SECRET = 'a secret of forty characters, not longer';
const NOW = new Date('2026-11-30T12:00:00.000Z');

export class World {
  readonly root: string;
  readonly layout: Layout;
  readonly store: FileStore;
  readonly recipesDir: string;
  readonly secretFile: string;
  readonly nudged: string[] = [];
  readonly logged: string[] = [];
  readonly stop = new AbortController();
  /** May be moved. */
  now = NOW;
  readonly pulse = makePulse({ now: () => this.now });
  #http: Http | null = null;

  private constructor(root: string, layout: Layout, store: FileStore) {
    this.root = root;
    this.layout = layout;
    this.store = store;
    this.recipesDir = join(root, 'recipes');
    this.secretFile = join(root, 'hook-secret');
  }

  static async make(): Promise<World> {
    const root = await mkdtemp(join(tmpdir(), 'ccci-http-'));
    const layout = makeLayout(join(root, 'state'));
    const store = await openStore(layout, { recipesDir: join(root, 'recipes') });
    const world = new World(root, layout, store);
    await writeFile(world.secretFile, `${SECRET}\n`);
    await world.enrol('ghost', 'https://git.example.org/recipes/Ghost.git');
    return world;
  }

  async start(over: Partial<HttpDeps> = {}): Promise<void> {
    const { layout, store, recipesDir, pulse } = this;
    const deps: HttpDeps = {
      listen: { host: '127.0.0.1', port: 0 },
      hook: {
        secret: { file: this.secretFile },
        forge: 'https://git.example.org',
        onNudge: (recipe) => this.nudged.push(recipe),
      },
      layout,
      reading: readStore(store, { layout, recipesDir }),
      feed: store.feed,
      publicUrl: 'https://ci.example.org',
      pulse,
      clock: { now: () => this.now },
      log: this.#log(),
      ...over,
    };
    this.#http = await startHttp(deps, this.stop.signal);
  }

  get http(): Http {
    if (this.#http === null) throw new Error('The server was not started.');
    return this.#http;
  }

  async end(): Promise<void> {
    this.stop.abort();
    await this.#http?.ended;
    await rm(this.root, { recursive: true, force: true });
  }

  async write(file: string, text: string): Promise<void> {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  enrol(recipe: string, repo: string): Promise<void> {
    const spec = { category: 'simple', source: { repo } };
    const document = { apiVersion: API_VERSION, kind: 'RecipeSpec', metadata: { name: recipe }, spec };
    return this.write(join(this.recipesDir, `${recipe}.yaml`), stringify(document));
  }

  async run(name: string, status: TestRunStatusBody, spec: Record<string, unknown> = {}): Promise<void> {
    const body = { recipe: 'ghost', source: { ref: 'main' }, ...spec };
    const document = { apiVersion: API_VERSION, kind: 'TestRun', metadata: { name }, spec: body };
    await this.write(this.layout.specFile(name), stringify(document));
    await this.store.putStatus(name, status, 0);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.http.port}${path}`, { headers, redirect: 'manual' });
  }

  /** As Gitea sends it; a header of `over` that is undefined is left out. */
  deliver(body: string, over: Record<string, string | undefined> = {}): Promise<Response> {
    const headers = {
      'content-type': 'application/json',
      'x-gitea-event': 'issue_comment',
      'x-gitea-delivery': 'f6266f16-1bf3-46a5-9ea4-602e06ead473',
      'x-gitea-signature': signatureOf(body),
      ...over,
    };
    const given = Object.entries(headers).filter((each): each is [string, string] => each[1] !== undefined);
    return fetch(`http://127.0.0.1:${this.http.port}/hook`, { method: 'POST', headers: given, body });
  }

  nudges(): Promise<Nudge[]> {
    return listNudges(this.layout);
  }

  /** Every file of the state directory. */
  async files(): Promise<string[]> {
    return (await readdir(this.layout.root, { recursive: true })).sort();
  }

  /** A socket that says whatever a test wants it to say. */
  async socket(): Promise<Socket> {
    const socket = connect(this.http.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.once('connect', resolve);
    await promise;
    return socket;
  }

  #log(): Log {
    const keep =
      (level: string) =>
      (fields: object, message: string): void =>
        void this.logged.push(JSON.stringify({ level, message, ...fields }));
    return { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
  }
}

export function signatureOf(body: string | Buffer, secret = SECRET): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

/** In everything that a delivery says and that nobody here is to repeat. */
export const CANARY = 'c4n4ry';

/** What Gitea sends, cut down to what matters and what must not. */
export function deliveryText(
  repository: unknown = 'recipes/ghost',
  commentId: unknown = 4711,
  more: object = {},
): string {
  return JSON.stringify({
    action: 'created',
    issue: { number: 7, title: `${CANARY} title`, user: { login: `${CANARY}-user` } },
    comment: { id: commentId, body: `!testme ${CANARY}`, user: { login: `${CANARY}-user` } },
    repository: { id: 1, name: 'ghost', full_name: repository },
    sender: { login: `${CANARY}-sender` },
    is_pull: true,
    ...more,
  });
}

/** All that comes until the other side closes. */
export async function textUntilClosed(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once('close', () => resolve());
  if (socket.closed) resolve();
  await promise;
  return Buffer.concat(chunks).toString('utf8');
}

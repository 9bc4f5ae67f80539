/** A stand-in of a forge for mirrors: real bare repositories behind git's own HTTP server, and the few calls of Gitea's API that a mirror takes. Not Gitea. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { execa } from 'execa';

export interface StandInPull {
  readonly html_url: string;
  readonly title: string;
  readonly head: { readonly ref: string; readonly repo: { readonly full_name: string } };
  readonly base: { readonly ref: string };
}

export class StandInForge {
  /** Each as `METHOD path`; of git as well. */
  readonly requests: string[] = [];
  readonly pulls: StandInPull[] = [];
  readonly repositories = new Map<string, { archived: boolean; mirror: boolean; description: string }>();
  /** Answers of this status to every call of the API, where it is set. */
  failing: { readonly status: number; readonly message: string } | null = null;
  readonly #server: Server;
  readonly #root: string;
  readonly #token: string;

  constructor(root: string, token: string) {
    this.#root = root;
    this.#token = token;
    this.#server = createServer((request, response) => {
      this.requests.push(`${request.method} ${request.url}`);
      void this.#answer(request, response);
    });
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  get url(): string {
    const at = this.#server.address();
    return `http://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`;
  }

  folder(name: string): string {
    return join(this.#root, `${name}.git`);
  }

  async makeRepository(name: string, description = ''): Promise<void> {
    await execa('git', ['init', '--quiet', '--bare', '--initial-branch=main', this.folder(name)]);
    await execa('git', ['config', 'http.receivepack', 'true'], { cwd: this.folder(name) });
    this.repositories.set(name, { archived: false, mirror: false, description });
  }

  /** Those that change something. */
  writes(): string[] {
    return this.requests.filter(
      (each) => /^(?:POST|PUT|PATCH|DELETE) \/api/.test(each) || each.includes('git-receive-pack'),
    );
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (!path.startsWith('/api/v1/')) return this.#git(request, response);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { status, body } = await this.#api(request, path, Buffer.concat(chunks).toString('utf8'));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  async #api(
    { method, headers, url = '' }: IncomingMessage,
    path: string,
    text: string,
  ): Promise<{ status: number; body: unknown }> {
    if (headers.authorization !== `token ${this.#token}`)
      return { status: 401, body: { message: 'invalid username, password or token' } };
    if (this.failing !== null)
      return { status: this.failing.status, body: { message: this.failing.message } };
    const [, org] = /^\/api\/v1\/orgs\/([^/]+)\/repos$/.exec(path) ?? [];
    if (method === 'POST' && org !== undefined) return this.#create(org, JSON.parse(text));
    return this.#ofRepository(path, method === 'POST' ? text : null, new URL(url, 'http://x').searchParams);
  }

  #ofRepository(
    path: string,
    posted: string | null,
    query: URLSearchParams,
  ): { status: number; body: unknown } {
    const [, name = '', rest = ''] = /^\/api\/v1\/repos\/([^/]+\/[^/]+)(\/pulls)?$/.exec(path) ?? [];
    const repository = this.repositories.get(name);
    if (repository === undefined) return { status: 404, body: { message: 'not found' } };
    if (rest === '') return { status: 200, body: { full_name: name, ...repository } };
    if (posted !== null) return this.#open(name, JSON.parse(posted));
    return { status: 200, body: this.#page(name, query) };
  }

  async #create(
    org: string,
    wanted: { name: string; description: string },
  ): Promise<{ status: number; body: unknown }> {
    const name = `${org}/${wanted.name}`;
    if (this.repositories.has(name)) return { status: 409, body: { message: 'already exists' } };
    await this.makeRepository(name, wanted.description);
    return { status: 201, body: { full_name: name } };
  }

  #open(
    name: string,
    { head, base, title }: Record<'head' | 'base' | 'title', string>,
  ): { status: number; body: unknown } {
    const html_url = `${this.url}/${name}/pulls/${this.pulls.length + 1}`;
    const pull = { html_url, title, head: { ref: head, repo: { full_name: name } }, base: { ref: base } };
    this.pulls.push(pull);
    return { status: 201, body: pull };
  }

  /** Newest first, at most 50 a page, as Gitea does it. */
  #page(name: string, query: URLSearchParams): StandInPull[] {
    const limit = Math.min(50, Number(query.get('limit') ?? 30));
    const from = (Number(query.get('page') ?? 1) - 1) * limit;
    const own = this.pulls.filter(({ head }) => head.repo.full_name === name).toReversed();
    return own.slice(from, from + limit);
  }

  /** git's own server, by CGI. Reading is free, as of a public repository. */
  async #git(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const given = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const isKnown = Buffer.from(given, 'base64').toString('utf8').endsWith(`:${this.#token}`);
    if (`${path}?${query}`.includes('git-receive-pack') && !isKnown)
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    const backend = spawn('git', ['http-backend'], {
      env: {
        ...this.#settings(isKnown),
        REQUEST_METHOD: request.method,
        PATH_INFO: path,
        QUERY_STRING: query,
        CONTENT_TYPE: request.headers['content-type'],
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
        GIT_PROTOCOL: [request.headers['git-protocol']].flat().join(''),
      },
    });
    request.pipe(backend.stdin);
    const chunks: Buffer[] = [];
    for await (const chunk of backend.stdout) chunks.push(chunk as Buffer);
    const said = Buffer.concat(chunks);
    const end = said.indexOf('\r\n\r\n');
    const { status, heads } = headOf(said.toString('latin1', 0, end));
    response.writeHead(status, heads);
    response.end(said.subarray(end + 4));
  }

  #settings(isKnown: boolean): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      GIT_PROJECT_ROOT: this.#root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      REMOTE_USER: isKnown ? 'cc-ci' : '',
    };
  }
}

function headOf(text: string): { readonly status: number; readonly heads: Record<string, string> } {
  const all = text.split('\r\n').map((line) => /^([^:]+): (.*)$/.exec(line)?.slice(1) ?? []);
  const heads = Object.fromEntries(all.map(([name = '', value = '']) => [name, value]));
  const { Status: status = '200', ...rest } = heads;
  return { status: Number(status.slice(0, 3)), heads: rest };
}

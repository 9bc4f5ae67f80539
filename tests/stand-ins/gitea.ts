/** StandInGitea: a stand-in of Gitea's API on loopback, with state, with a log of what was asked, and with switches for what goes wrong. It is not Gitea. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, answerOf, type Asked } from './gitea-routes.ts';
import { GiteaShapes } from './gitea-shapes.ts';
import { GiteaState } from './gitea-state.ts';

export interface Request {
  readonly method: string;
  /** With its query, without `/api/v1`. */
  readonly path: string;
  /** 0 where no answer was given. */
  readonly status: number;
  readonly user: string | null;
}

/** What happens to a request instead of, or after, what should. `lost`: it is done, and nobody is told. */
export type Fault =
  | {
      readonly do: 'answer';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Record<string, string>;
    }
  | { readonly do: 'close' | 'hang' | 'lost' };

interface Switch {
  readonly of: (request: { method: string; path: string }) => boolean;
  readonly fault: Fault;
  /** So many times yet. */
  times: number;
}

export class StandInGitea {
  readonly state = new GiteaState();
  readonly shapes = new GiteaShapes(this.state, () => this.url);
  /** All that was asked since the last `forget`, in order. */
  requests: Request[] = [];
  /** Lists of comments come whole, whatever `page` and `limit` say: as measured for those of one pull request. */
  ignoresPage = false;
  url = '';
  #switches: Switch[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<StandInGitea> {
    const gitea = new StandInGitea();
    gitea.#server.listen(0, '127.0.0.1');
    await once(gitea.#server, 'listening');
    gitea.url = `http://127.0.0.1:${(gitea.#server.address() as AddressInfo).port}`;
    return gitea;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  forget(): void {
    this.requests = [];
  }

  /** From now on, requests whose `METHOD /path` matches go wrong. Returns what ends it. */
  fault(matching: RegExp, fault: Fault, times = Infinity): () => void {
    const each = {
      of: ({ method, path }: { method: string; path: string }) => matching.test(`${method} ${path}`),
      fault,
      times,
    };
    this.#switches.push(each);
    return () => {
      this.#switches = this.#switches.filter((other) => other !== each);
    };
  }

  /** Every request is answered so, or the connection just ends. */
  outage(how: 'close' | number = 'close'): () => void {
    return this.fault(/./, how === 'close' ? { do: 'close' } : { do: 'answer', status: how, body: '' });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = this.#asked(request, await bodyOf(request));
    const path = `${asked.path}${asked.query.size === 0 ? '' : `?${asked.query.toString()}`}`;
    const answer = this.#answer(asked, this.#faultOf(asked.method, path));
    const status = typeof answer === 'object' ? answer.status : 0;
    this.requests.push({ method: asked.method, path, status, user: asked.token?.login ?? asked.basic });
    if (answer === 'close') response.destroy();
    else if (answer !== 'hang') this.#send(response, answer);
  }

  #faultOf(method: string, path: string): Fault | null {
    const found = this.#switches.find((each) => each.times > 0 && each.of({ method, path }));
    if (found === undefined) return null;
    found.times -= 1;
    return found.fault;
  }

  #answer(asked: Asked, fault: Fault | null): Answer | 'close' | 'hang' {
    if (fault?.do === 'answer') return fault;
    if (fault?.do === 'hang' || fault?.do === 'close') return fault.do;
    const answer = answerOf(asked, this.state, this.shapes);
    return fault === null ? answer : 'close';
  }

  #send(response: ServerResponse, { status, body, headers }: Answer): void {
    response.sendDate = false;
    const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
    response.writeHead(status, {
      date: this.state.now.toUTCString(),
      'content-type': 'application/json;charset=utf-8',
      ...headers,
    });
    response.end(text);
  }

  #asked(request: IncomingMessage, text: string): Asked {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    const [kind = '', value = ''] = (request.headers.authorization ?? '').split(' ');
    return {
      method: request.method ?? 'GET',
      path: pathname.replace(/^\/api\/v1/, ''),
      query: searchParams,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
      token: kind === 'token' ? (this.state.tokens.find((each) => each.text === value) ?? null) : null,
      basic: kind === 'Basic' ? this.#basic(value) : null,
      ignoresPage: this.ignoresPage,
    };
  }

  #basic(value: string): string | null {
    const text = Buffer.from(value, 'base64').toString();
    const colon = text.indexOf(':');
    const user = this.state.users.get(text.slice(0, colon).toLowerCase());
    return user !== undefined && user.password === text.slice(colon + 1) ? user.login : null;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

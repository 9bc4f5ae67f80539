/** MediaWiki's action API, as a client that keeps its cookies. */
import { z } from 'zod';
import type { App } from '../../harness/app.ts';

const Tokens = z.object({
  query: z.object({ tokens: z.record(z.string(), z.string()) }),
});
const Failure = z.object({ error: z.object({ code: z.string(), info: z.string() }) });
const LoggedIn = z.object({ login: z.object({ result: z.string() }) });

export type Params = Readonly<Record<string, string>>;

/** What the API refused, with its own code: `nosuchuser`, `permissiondenied`. */
export class ApiError extends Error {
  readonly code: string;

  constructor(params: Params, { code, info }: { code: string; info: string }) {
    super(`${params['action']}: ${code}: ${info}`);
    this.code = code;
  }
}

export class WikiClient {
  readonly #app: App;
  readonly #cookies = new Map<string, string>();

  constructor(app: App) {
    this.#app = app;
  }

  get(params: Params): Promise<unknown> {
    return this.#ask({ ...params }, (query) => this.#fetch(`/api.php?${query}`, {}));
  }

  /** With the token that the action wants. */
  async post(params: Params, token = 'csrf'): Promise<unknown> {
    const field = token === 'csrf' ? 'token' : `${token}token`;
    return this.#ask({ ...params, [field]: await this.#token(token) }, (query) =>
      this.#fetch('/api.php', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: query.toString(),
      }),
    );
  }

  async upload(filename: string, content: string): Promise<unknown> {
    const form = new FormData();
    const fields = { action: 'upload', format: 'json', filename, ignorewarnings: '1' };
    const token = await this.#token('csrf');
    for (const [name, value] of Object.entries({ ...fields, token })) form.append(name, value);
    form.append('file', new Blob([content], { type: 'text/plain' }), filename);
    const packed = new Response(form);
    const body = new Uint8Array(await packed.arrayBuffer());
    const headers = { 'content-type': packed.headers.get('content-type') ?? '' };
    return this.#ask(fields, () => this.#fetch('/api.php', { method: 'POST', headers, body }));
  }

  /** False: the wiki knows no such user with that password. */
  async logIn(name: string, password: string): Promise<boolean> {
    const answer = await this.post({ action: 'login', lgname: name, lgpassword: password }, 'lg');
    return LoggedIn.parse(answer).login.result === 'Success';
  }

  async #token(kind: string): Promise<string> {
    const type = kind === 'lg' ? 'login' : kind === 'create' ? 'createaccount' : 'csrf';
    const answer = await this.get({ action: 'query', meta: 'tokens', type });
    return Tokens.parse(answer).query.tokens[`${type}token`] ?? '';
  }

  async #ask(params: Params, send: (query: URLSearchParams) => Promise<Response>): Promise<unknown> {
    const answer = await send(new URLSearchParams({ ...params, format: 'json', formatversion: '2' }));
    const text = await answer.text();
    if (answer.status !== 200)
      throw new Error(`${params['action']} answers ${answer.status}: ${text.slice(0, 300)}`);
    const said: unknown = JSON.parse(text);
    const failed = Failure.safeParse(said);
    if (failed.success) throw new ApiError(params, failed.data.error);
    return said;
  }

  async #fetch(path: string, init: Parameters<App['fetch']>[1]): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.#app.fetch(path, { ...init, headers: { ...init?.headers, cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
      this.#cookies.set(name, value);
    }
    return answer;
  }
}

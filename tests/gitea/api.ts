/** Gitea's API as one user of the world asks it. */
import type { GiteaServer } from './server.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed if it is JSON, else its text. */
  readonly body: unknown;
}

export interface Api {
  /** Whatever the answer is; redirects are not followed. */
  ask(method: Method, path: string, body?: object): Promise<Answer>;
  /** The body of an answer that says that all went well; throws on any other. */
  must(method: Method, path: string, body?: object): Promise<unknown>;
}

/** `authorization` as it stands in the header, or null for nobody in particular. Paths begin after `/api/v1`. */
export function makeApi({ url }: Pick<GiteaServer, 'url'>, authorization: string | null): Api {
  const ask = async (method: Method, path: string, body?: object): Promise<Answer> => {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(authorization === null ? {} : { authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, headers: answer.headers, body: parsed(await answer.text()) };
  };
  return {
    ask,
    must: async (method, path, body) => {
      const answer = await ask(method, path, body);
      if (answer.status >= 200 && answer.status < 300) return answer.body;
      throw new Error(`${method} ${path} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    },
  };
}

export const basic = (login: string, password: string): string =>
  `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

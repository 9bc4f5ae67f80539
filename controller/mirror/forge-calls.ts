/** The four calls of Gitea's API that a mirror takes, with the credentials of whoever makes it. */
import { z } from 'zod';
import { boundedText } from '../runtime/bounded-text.ts';
import { messageOf, Terminal } from '../runtime/errors.ts';
import { jsonOf } from '../runtime/json.ts';

export interface RepositoryId {
  readonly owner: string;
  readonly name: string;
}

export interface ForgeCalls {
  /** Null where there is none, or none that the token may see. */
  repository(id: RepositoryId): Promise<RepositorySeen | null>;
  /** False where somebody else made it meanwhile. */
  createRepository(id: RepositoryId, description: string): Promise<boolean>;
  /** The open pull request from a branch of the same repository to `main`; its address, or null. */
  openPull(id: RepositoryId, branch: string): Promise<string | null>;
  /** Its address. */
  createPull(id: RepositoryId, pull: { readonly branch: string; readonly title: string }): Promise<string>;
}

const RepositorySeen = z.object({ archived: z.boolean(), mirror: z.boolean() });
export type RepositorySeen = z.infer<typeof RepositorySeen>;

const Pull = z.object({
  html_url: z.string(),
  head: z.object({ ref: z.string(), repo: z.object({ full_name: z.string() }).nullable() }),
  base: z.object({ ref: z.string() }),
});
const Problem = z.object({ message: z.string() });

const PATIENCE_MS = 20_000;
const MOST_BYTES = 4 * 1024 * 1024;
const PAGE = 50;
/** More open pull requests no recipe has. */
const MOST_PAGES = 40;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export function makeForgeCalls(url: string, token: string): ForgeCalls {
  const call = async (method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> => {
    const response = await answered(url, () =>
      fetch(`${url}/api/v1${path}`, {
        method,
        headers: { authorization: `token ${token}`, accept: 'application/json', ...(body && JSON_BODY) },
        // What is moved is not followed: the token is for this address alone.
        redirect: 'manual',
        signal: AbortSignal.timeout(PATIENCE_MS),
        ...(body && { body: JSON.stringify(body) }),
      }),
    );
    return { status: response.status, body: jsonOf(await boundedText(response, MOST_BYTES, tooLarge)) };
  };
  const at = ({ owner, name }: RepositoryId): string => `/repos/${owner}/${name}`;
  return {
    repository: async (id) => {
      const answer = await call('GET', at(id));
      return answer.status === 404 ? null : read(RepositorySeen, answer, [200]);
    },
    createRepository: async ({ owner, name }, description) => {
      const wanted = { name, description, private: false, auto_init: false, default_branch: 'main' };
      const answer = await call('POST', `/orgs/${owner}/repos`, wanted);
      if (answer.status !== 409) read(z.object({}), answer, [201]);
      return answer.status !== 409;
    },
    openPull: async (id, branch) => {
      const own = `${id.owner}/${id.name}`.toLowerCase();
      for (let page = 1; page <= MOST_PAGES; page += 1) {
        const answer = await call('GET', `${at(id)}/pulls?state=open&limit=${PAGE}&page=${page}`);
        const pulls = read(z.array(Pull), answer, [200]);
        const found = pulls.find(
          ({ head, base }) =>
            head.ref === branch && base.ref === 'main' && head.repo?.full_name.toLowerCase() === own,
        );
        if (found !== undefined) return found.html_url;
        if (pulls.length === 0) return null;
      }
      return null;
    },
    createPull: async (id, { branch, title }) => {
      const answer = await call('POST', `${at(id)}/pulls`, { head: branch, base: 'main', title });
      return read(Pull, answer, [201]).html_url;
    },
  };
}

const tooLarge = (): Error => new Error(`Gitea answered more than ${MOST_BYTES} bytes.`);

const JSON_BODY = { 'content-type': 'application/json' };

async function answered(url: string, ask: () => Promise<Response>): Promise<Response> {
  try {
    return await ask();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    throw new Error(`${url} does not answer: ${messageOf(error)}${cause}`, { cause: error });
  }
}

function read<T>(shape: z.ZodType<T>, { status, body }: Answer, good: readonly number[]): T {
  if (!good.includes(status)) throw refused(status, Problem.safeParse(body).data?.message ?? '');
  const parsed = shape.safeParse(body);
  if (!parsed.success) throw new Error(`Gitea’s answer (${status}) has another shape than Gitea 1.26 gives.`);
  return parsed.data;
}

const ADVICE: Readonly<Record<number, string>> = {
  401: 'Give a token that is valid as CCCI_MIRROR_TOKEN_FILE.',
  403: 'The token needs the scopes write:repository and write:organization, of somebody who may make repositories in the organisation.',
  404: 'The organisation or the repository is not there, or the token may not see it.',
  409: 'It is there already.',
};

function refused(status: number, said: string): Error {
  const what = `Gitea answered ${status}${said === '' ? '' : ` (${said.slice(0, 200)})`}.`;
  if (status >= 500 || status === 429) return new Error(`${what} Try again.`);
  return new Terminal('MirrorRefused', `${what} ${ADVICE[status] ?? 'It refuses what was asked.'}`);
}

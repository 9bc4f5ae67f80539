/** Drone's API as far as runs are shown there: asks for builds, looks at them, cancels them. */
import type { z } from 'zod';
import type { Builds } from '../builds.ts';
import type { DroneConfig } from '../doors.ts';
import { BuildList, buildOf, BuildSeen, Created, Version } from './shapes.ts';
import { checkedParams } from './params.ts';
import { type Asked, noPipeline, refusal, wordsOf } from './refusals.ts';
import { type Answer, ask, type Call } from './request.ts';

/** A `.drone.yml` that is not found is looked for three times, 15 s each, before Drone says so. */
const CREATE_MS = 90_000;
const USUAL_MS = 20_000;

export interface DroneDeps {
  /** Ends every call, so that a controller that stops waits for none. */
  readonly signal?: AbortSignal;
  /** For tests that have no 90 s. */
  readonly createMs?: number;
}

export function makeDrone(config: DroneConfig, { signal, createMs = CREATE_MS }: DroneDeps = {}): Builds {
  const { url, repository, branch, token } = config;
  const name = `${repository.owner}/${repository.name}`;
  const path = `/${encodeURIComponent(repository.owner)}/${encodeURIComponent(repository.name)}`;
  const builds = `/api/repos${path}/builds`;
  const whom = { url, repository: name, branch };
  const call = (method: Call['method'], at: string, limitMs = USUAL_MS): Promise<Answer> =>
    ask({ url, token, signal }, { method, path: at, limitMs });
  const oneOf = async (method: 'GET' | 'DELETE', number: number): ReturnType<Builds['get']> => {
    const answer = await call(method, `${builds}/${number}`);
    // The same words as for a stranger are not about the build.
    if (answer.status === 404 && wordsOf(answer) !== 'Not Found') return null;
    return buildOf(parsed(BuildSeen, answer, method === 'GET' ? 'look' : 'cancel'), url + path);
  };
  const parsed = <T>(shape: z.ZodType<T>, answer: Answer, asked: Asked['asked'] = 'look'): T => {
    if (answer.status !== 200) throw refusal(answer, { ...whom, asked });
    const read = shape.safeParse(answer.body);
    if (read.success) return read.data;
    throw new Error(
      `What answers at ${url} is no Drone that cc-ci knows: its answer has another shape. Look at CCCI_DRONE_URL, and at what stands between.`,
    );
  };
  return {
    create: async (params) => {
      const query = new URLSearchParams({ branch, ...checkedParams(params) });
      const answer = await call('POST', `${builds}?${query.toString()}`, createMs);
      const seen = parsed(Created, answer, 'create');
      if (seen === null) throw noPipeline(whom);
      return buildOf(seen, url + path);
    },
    get: (number) => oneOf('GET', number),
    newest: async (page) => {
      const list = parsed(BuildList, await call('GET', `${builds}?page=${page}&per_page=25`));
      return list.map((seen) => buildOf(seen, url + path));
    },
    cancel: (number) => oneOf('DELETE', number),
    check: async () => {
      const { version } = parsed(Version, await call('GET', '/version'));
      parsed(BuildList, await call('GET', `${builds}?page=1&per_page=1`));
      return { version };
    },
  };
}

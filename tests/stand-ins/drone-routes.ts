/** What the stand-in for Drone answers, request by request. */
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { StandInDrone } from './drone.ts';
import { type BuildDoc, READER, REPOSITORY, TOKEN } from './drone-shapes.ts';

export interface Said {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `lost`: it is done, and the connection breaks before the answer. An answer: it is not done. */
export type Fault = 'lost' | Said;

const MOST = 25;
const JSON_TYPE = { 'Content-Type': 'application/json' };

export function json(status: number, body: unknown): Said {
  return { status, headers: JSON_TYPE, body: `${JSON.stringify(body)}\n` };
}
const message = (status: number, text: string): Said => json(status, { message: text });
const NOT_FOUND = message(404, 'Not Found');
const NO_ROWS = message(404, 'sql: no rows in result set');

export async function answerOf(drone: StandInDrone, request: IncomingMessage): Promise<Said | 'nothing'> {
  const fault = drone.faults.shift();
  if (typeof fault === 'object') return fault;
  const said = await route(drone, request);
  return fault === 'lost' ? 'nothing' : said;
}

interface Asked {
  readonly method: string;
  /** What stands behind `/builds`: a number, `logs` and so on. */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
  readonly mayWrite: boolean;
}

async function route(drone: StandInDrone, request: IncomingMessage): Promise<Said> {
  const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://drone');
  if (pathname === '/healthz') return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: 'OK' };
  if (pathname === '/version') return json(200, { version: '2.25.0' });
  const token = tokenOf(request, query);
  if (token !== TOKEN && token !== READER) return message(401, 'Unauthorized');
  const builds = `/api/repos/${REPOSITORY.owner}/${REPOSITORY.name}/builds`;
  if (!pathname.startsWith(builds)) return NOT_FOUND;
  const rest = pathname.slice(builds.length).split('/').slice(1);
  const asked = { method: request.method ?? '', rest, query, mayWrite: token === TOKEN };
  return rest.length === 0 ? ofAll(drone, asked) : ofOne(drone, asked);
}

function tokenOf({ headers }: IncomingMessage, query: URLSearchParams): string {
  return headers.authorization?.replace('Bearer ', '') ?? query.get('access_token') ?? '';
}

async function ofAll(drone: StandInDrone, { method, query, mayWrite }: Asked): Promise<Said> {
  return method === 'POST' ? create(drone, query, mayWrite) : list(drone, query);
}

function ofOne(drone: StandInDrone, { method, rest, mayWrite }: Asked): Said {
  const [number, what, , step] = rest;
  const build = drone.builds.find((each) => String(each.number) === number);
  if (method === 'DELETE' && !mayWrite) return NOT_FOUND;
  if (build === undefined) return NO_ROWS;
  if (what === 'logs') return logs(drone, build, Number(step));
  if (method === 'DELETE') drone.cancel(build);
  return json(200, build);
}

async function create(drone: StandInDrone, query: URLSearchParams, mayWrite: boolean): Promise<Said> {
  if (!mayWrite || (query.get('branch') ?? 'main') !== 'main') return NOT_FOUND;
  if (drone.pipeline === null) {
    await delay(drone.missingFileMs);
    return message(500, 'Not Found');
  }
  const build = drone.create(query);
  return json(200, build === null ? null : withoutStages(build));
}

function list({ builds }: StandInDrone, query: URLSearchParams): Said {
  const size = Math.min(MOST, Number(query.get('per_page') ?? MOST));
  const from = (Math.max(1, Number(query.get('page') ?? 1)) - 1) * size;
  return json(
    200,
    builds
      .toReversed()
      .slice(from, from + size)
      .map(withoutStages),
  );
}

function logs(drone: StandInDrone, build: BuildDoc, step: number): Said {
  const entries = drone.log(build.number, step);
  return entries === null || entries === undefined ? NO_ROWS : json(200, entries);
}

function withoutStages({ stages: _stages, ...build }: BuildDoc): Omit<BuildDoc, 'stages'> {
  return build;
}

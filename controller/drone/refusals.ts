/** What Drone's refusals mean, and what a person has to do about each. Pure. */
import { Terminal, Waiting } from '../runtime/errors.ts';
import type { Answer } from './request.ts';
import { Refused } from './shapes.ts';
import { harmless } from './words.ts';

export interface Asked {
  readonly url: string;
  readonly repository: string;
  readonly branch: string;
  /** What takes the rights of an administrator, or none. */
  readonly asked: 'create' | 'cancel' | 'look';
}

const PATIENCE_MS = 60_000;
const MOST_PATIENCE_S = 3600;

/** Drone answers 200 and `null`, and makes no build. */
export function noPipeline({ repository, branch }: Pick<Asked, 'repository' | 'branch'>): Terminal {
  return new Terminal(
    'NoPipeline',
    `The .drone.yml on branch "${branch}" of ${repository} has no pipeline for the event "custom": put cc-ci's own .drone.yml there.`,
  );
}

/** For every answer but 200. */
export function refusal(answer: Answer, asked: Asked): Error {
  const { status } = answer;
  if (status === 401) return unauthorized(asked);
  if (status === 404) return notFound(asked);
  if (status === 429)
    return new Waiting(patienceOf(answer), `Drone at ${asked.url} asks for patience (429).`);
  if (status === 500 && asked.asked === 'create' && wordsOf(answer) === 'Not Found') return noFile(asked);
  const said = `Drone at ${asked.url} answered ${status}${quoted(answer)}`;
  if (status >= 500) return new Error(`${said}: it is tried again.`);
  const advice = 'look at CCCI_DRONE_URL, and at what stands between cc-ci and Drone.';
  return new Terminal('DroneRejected', `${said}: ${advice}`);
}

function unauthorized({ url }: Asked): Terminal {
  return new Terminal(
    'DroneUnauthorized',
    `Drone at ${url} does not take the token (401): put that of a machine user into the file that CCCI_DRONE_TOKEN_FILE names.`,
  );
}

/** Drone has one answer for what is not there and for what one may not do. */
function notFound({ asked, repository, branch }: Asked): Terminal {
  const may = asked === 'look' ? 'may read it' : 'may create and cancel builds (machine and admin)';
  const where = asked === 'create' ? ` with a branch "${branch}"` : '';
  return new Terminal(
    'DroneNotFound',
    `Drone answers 404 for ${repository}: see that the repository is activated there${where}, and that the token's user ${may}.`,
  );
}

function noFile({ repository, branch }: Asked): Terminal {
  return new Terminal(
    'NoPipelineFile',
    `Drone found no .drone.yml on branch "${branch}" of ${repository}: put cc-ci's own there.`,
  );
}

function patienceOf({ retryAfter }: Answer): number {
  const seconds = Number(retryAfter ?? '');
  return seconds > 0 ? Math.min(seconds, MOST_PATIENCE_S) * 1000 : PATIENCE_MS;
}

export function wordsOf({ body }: Answer): string {
  return Refused.safeParse(body).data?.message ?? '';
}

function quoted(answer: Answer): string {
  const words = wordsOf(answer);
  return words === '' ? '' : ` "${harmless(words)}"`;
}

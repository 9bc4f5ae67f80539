/** What Gitea's answers mean: values of a known shape, or errors that say who must do what. Pure. */
import { z } from 'zod';
import { Terminal, Waiting } from '../runtime/errors.ts';
import type { Answered } from './exchange.ts';
import { GiteaError } from './shapes.ts';

const MOST_SAID = 200;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 10 * 60_000;

/** Of a JSON answer. Throws an error to be tried again where it has another shape: a proxy in between may have said it. */
export function valueOf<T>({ text }: Answered, shape: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error('Gitea answered with something that is not JSON.', { cause: error });
  }
  const parsed = shape.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`Gitea answered in another shape: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

/** The forge's clock. */
export function clockOf({ headers }: Answered): Date {
  const now = new Date(headers.get('date') ?? '');
  if (Number.isNaN(now.getTime())) throw new Error('Gitea answered without its time (the header `Date`).');
  return now;
}

/** The error that an answer other than 2xx is; `what` is what was asked for, as a clause: "comments of coop/ghost". */
export function errorOf(answer: Answered, what: string): Error {
  const { status } = answer;
  const said = `${what}: Gitea answered ${status}${saidBy(answer)}.`;
  if (status === 429) return new Waiting(patience(answer), `${said} It asks for patience.`);
  if (status === 401)
    return new Terminal(
      'ForgeUnauthorized',
      `${said} Give cc-ci a token or a password that Gitea accepts; a file is read again by itself.`,
    );
  if (status === 403)
    return new Terminal(
      'ForgeForbidden',
      `${said} The token needs the scopes ${SCOPES.join(', ')}, and the bot the right to read the repository.`,
    );
  if (status >= 300 && status < 400)
    return new Terminal(
      'ForgeRejected',
      `${said} It leads elsewhere, and cc-ci does not follow: was the repository renamed, or is CCCI_GITEA_URL another address?`,
    );
  if (status >= 400 && status < 500) return new Terminal('ForgeRejected', `${said} ${adviceFor(status)}`);
  return new Error(said);
}

/** The least that suffices. */
export const SCOPES = ['write:repository', 'write:issue', 'read:organization', 'read:user'] as const;

function adviceFor(status: number): string {
  if (status === 404) return 'Is it there, and may the bot read it?';
  if (status === 423) return 'It is archived.';
  return 'This cannot heal by itself.';
}

/** Its own words: one line, cut, and without a way to look like ours. */
function saidBy(answer: Answered): string {
  const parsed = GiteaError.safeParse(jsonOrNull(answer.text));
  if (!parsed.success) return '';
  const line = parsed.data.message.replaceAll(/[\p{C}\p{Z}\s"]+/gu, ' ').trim();
  return line === '' ? '' : ` ("${line.slice(0, MOST_SAID).toWellFormed()}")`;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** `Retry-After` in seconds, within bounds; a date counts as none. */
function patience({ headers }: Answered): number {
  const seconds = Number(headers.get('retry-after') ?? '60');
  const ms = Number.isFinite(seconds) ? seconds * 1000 : 60_000;
  return Math.min(LONGEST_WAIT_MS, Math.max(FIRST_WAIT_MS, ms));
}

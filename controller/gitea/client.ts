/** Requests to Gitea with the bot's token: a refused token is replaced once, what is not 2xx is an error, and long lists are read to their end. */
import { z } from 'zod';
import { Terminal } from '../runtime/errors.ts';
import { errorOf, valueOf } from './answers.ts';
import type { Credentials } from './credentials.ts';
import { type Answered, AnswerTooLarge, exchange, type Sent, type Wire } from './exchange.ts';

export interface ClientDeps {
  readonly wire: Wire;
  readonly credentials: Credentials;
}

export interface Client {
  /** Any status but 401, which is tried with another token first. */
  send(sent: Sent): Promise<Answered>;
  /** 2xx, or null for 404 where that is asked for. Throws anything else; `what` names it for people. */
  ask(sent: Sent, what: string): Promise<Answered>;
  askIfThere(sent: Sent, what: string): Promise<Answered | null>;
}

export function makeClient({ wire, credentials }: ClientDeps): Client {
  const send = async (sent: Sent): Promise<Answered> => {
    const token = await credentials.token();
    const answer = await exchange(wire, sent, `token ${token}`);
    if (answer.status !== 401) return answer;
    const other = await credentials.tokenAfter(token);
    return other === null ? answer : exchange(wire, sent, `token ${other}`);
  };
  return {
    send,
    ask: async (sent, what) => succeeded(await send(sent), what),
    askIfThere: async (sent, what) => {
      const answer = await send(sent);
      return answer.status === 404 ? null : succeeded(answer, what);
    },
  };
}

function succeeded(answer: Answered, what: string): Answered {
  if (answer.status < 200 || answer.status > 299) throw errorOf(answer, what);
  return answer;
}

/** One part of a path. Throws where it would lead elsewhere. */
export function segment(text: string): string {
  if (/^\.*$/.test(text)) throw new RangeError('A part of a path has to be a name.');
  return encodeURIComponent(text);
}

// ---------------------------------------------------------------- lists

export interface ListOf<T> {
  /** With its query, but for page and limit. */
  readonly path: string;
  readonly what: string;
  readonly shape: z.ZodType<T>;
}

export interface Listed<T> {
  readonly items: readonly T[];
  /** To the first page: what happens while the others are read may be missing. */
  readonly first: Answered;
}

/** At most so many a page, whatever is asked for. */
const LIMIT = 50;
/** Comments can be of any size, and servers were seen that ignore `limit`. */
const MOST_BYTES = 16 * 1024 * 1024;
/** 50,000 things: no list that is ours to read is longer. */
const MOST_PAGES = 1_000;

/**
 * Each thing once. A server that ignores `page` gives the same again: a page with nothing new is the last.
 * A page that is too large is read one by one, and what is too large by itself is passed over, so that no stranger's text keeps others unread.
 */
export async function listAll<T extends { readonly id: number }>(
  client: Client,
  list: ListOf<T>,
): Promise<Listed<T>> {
  const items = new Map<number, T>();
  let first: Answered | null = null;
  for (let page = 1; page <= MOST_PAGES; page++) {
    const before = items.size;
    const { answers, skipped } = await pageOf(client, list, page);
    for (const answer of answers)
      for (const item of valueOf(answer, z.array(list.shape))) items.set(item.id, item);
    first ??= answers[0] ?? null;
    if (first === null) throw tooLarge(list.what);
    const isNew = items.size > before || skipped > 0;
    if (!isNew || isWhole(answers, items.size)) return { items: [...items.values()], first };
  }
  throw new Error(`${list.what}: Gitea's list has no end.`);
}

/** By what the server says of how many there are. */
function isWhole(answers: readonly Answered[], count: number): boolean {
  const total = answers.at(-1)?.headers.get('x-total-count') ?? '';
  return /^\d+$/.test(total) && count >= Number(total);
}

async function pageOf<T>(
  client: Client,
  list: ListOf<T>,
  page: number,
): Promise<{ answers: Answered[]; skipped: number }> {
  const get = (page: number, limit: number): Promise<Answered> => {
    const path = `${list.path}${list.path.includes('?') ? '&' : '?'}page=${page}&limit=${limit}`;
    return client.ask({ method: 'GET', path, mostBytes: MOST_BYTES }, list.what);
  };
  try {
    return { answers: [await get(page, LIMIT)], skipped: 0 };
  } catch (error) {
    if (!(error instanceof AnswerTooLarge)) throw error;
  }
  const answers: Answered[] = [];
  let skipped = 0;
  for (let single = (page - 1) * LIMIT + 1; single <= page * LIMIT; single++)
    try {
      answers.push(await get(single, 1));
    } catch (error) {
      if (!(error instanceof AnswerTooLarge)) throw error;
      skipped += 1;
    }
  return { answers, skipped };
}

function tooLarge(what: string): Terminal {
  return new Terminal(
    'AnswerTooLarge',
    `${what}: Gitea answered with more than 16 MiB, also where one thing was asked for.`,
  );
}

/** `POST /hook`: Gitea's webhook tells that there is a comment. It is a nudge: what there is to know is fetched from Gitea. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { messageOf } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';
import { readSecret, type SecretSource } from '../runtime/secret-source.ts';
import type { Layout } from '../store/layout.ts';
import { listNudges, type Nudge, writeNudge } from '../store/nudges.ts';
import { say } from './app.ts';
import { isSigned, type Told, toldIn } from './delivery.ts';
import { makeRing } from './ring.ts';

export interface HookDeps {
  readonly layout: Layout;
  readonly log: Log;
  readonly secret: SecretSource;
  readonly recipesOf: (repository: string) => Promise<readonly string[]>;
  /** Called once the nudge is on disk. */
  readonly onNudge: (recipe: string) => void;
}

/** Gitea's largest is a few tens of kilobytes: the issue, the repository and who wrote. */
const BODY_BYTES = 1024 * 1024;
/** So many wait where the bridge has not looked for an hour; it polls anyway. */
const MOST_NUDGES = 1_000;
const RETRY_AFTER_S = 60;
const REMEMBERED = 1_000;

const EVENT_WRONG =
  'The signature is right, but this address takes the event issue_comment only: choose "Issue Comment" and "Pull Request Comment" under "Custom Events".';

interface Answer {
  readonly code: number;
  readonly sentence: string;
  /** A nudge is on disk. */
  readonly isWritten?: boolean;
}

export function addHook(app: FastifyInstance, deps: HookDeps): void {
  // As bytes: what is signed is not what a parser would make of it.
  const bytes = { parseAs: 'buffer', bodyLimit: BODY_BYTES } as const;
  app.addContentTypeParser('application/json', bytes, (_request, body, done) => done(null, body));
  const take = makeTake(deps);
  app.post('/hook', { bodyLimit: BODY_BYTES }, async (request, reply) => {
    const { body } = request;
    if (!Buffer.isBuffer(body)) return say(reply, 415, 'The body must be application/json.');
    const { code, sentence } = await take(deliveryOf(request, body));
    return say(code === 503 ? reply.header('retry-after', RETRY_AFTER_S) : reply, code, sentence);
  });
}

interface Delivery {
  readonly body: Buffer;
  readonly signature: string;
  readonly event: string;
}

function deliveryOf({ headers }: FastifyRequest, body: Buffer): Delivery {
  const header = (name: string): string => {
    const value = headers[name];
    return typeof value === 'string' ? value : '';
  };
  return { body, signature: header('x-gitea-signature'), event: header('x-gitea-event') };
}

function makeTake(deps: HookDeps): (delivery: Delivery) => Promise<Answer> {
  const { log, secret } = deps;
  const seen = makeRing(REMEMBERED);
  let isWrongKnown = false;
  return async (delivery) => {
    const key = await keyOf(secret, log);
    if (key === null)
      return { code: 503, sentence: 'The secret cannot be read here; the log of the controller says why.' };
    if (!isSigned(delivery, key)) {
      // Once until a right one comes, so that strangers cannot fill the log.
      if (!isWrongKnown) log.warn({}, 'a delivery to /hook is not signed with our secret');
      isWrongKnown = true;
      return { code: 401, sentence: 'The signature is not made with the secret that is configured here.' };
    }
    isWrongKnown = false;
    if (delivery.event !== 'issue_comment') return { code: 422, sentence: EVENT_WRONG };
    // The signature names the body, whatever headers a replay comes with.
    if (seen.has(delivery.signature)) return { code: 202, sentence: 'This delivery was taken before.' };
    const told = toldIn(delivery.body);
    if (told === null) return { code: 400, sentence: 'The body is not what Gitea sends for issue_comment.' };
    if (!told.isNew)
      return { code: 202, sentence: 'Only new comments are looked at: this one was edited or deleted.' };
    const answer = await nudge(deps, told);
    if (answer.isWritten === true) seen.add(delivery.signature);
    return answer;
  };
}

async function keyOf(secret: SecretSource, log: Log): Promise<string | null> {
  try {
    return await readSecret(secret);
  } catch (error) {
    log.error({ error: messageOf(error) }, 'the secret of the webhook cannot be read');
    return null;
  }
}

/** On disk before it is answered. */
async function nudge(deps: HookDeps, { repository, commentId }: Omit<Told, 'isNew'>): Promise<Answer> {
  const { layout, log, recipesOf, onNudge } = deps;
  const recipes = await recipesOf(repository);
  if (recipes.length === 0)
    return { code: 202, sentence: 'No recipe is enrolled from this repository: nothing will be done.' };
  const nudges = recipes.map((recipe) => ({ recipe, commentId }));
  try {
    if (!(await hasRoom(layout, nudges))) {
      log.warn({ most: MOST_NUDGES }, 'too many comments wait to be looked at: the webhook is refused');
      return { code: 503, sentence: 'Too many comments wait to be looked at.' };
    }
    for (const each of nudges) await writeNudge(layout, each);
  } catch (error) {
    log.error({ error: messageOf(error) }, 'a nudge could not be written');
    return { code: 503, sentence: 'It cannot be written down here; the log of the controller says why.' };
  }
  log.info({ recipes, comment: commentId }, 'told of a comment');
  for (const recipe of recipes) onNudge(recipe);
  return { code: 202, sentence: 'The comment will be looked at.', isWritten: true };
}

async function hasRoom(layout: Layout, wanted: readonly Nudge[]): Promise<boolean> {
  const waiting = await listNudges(layout);
  const isThere = (nudge: Nudge): boolean =>
    waiting.some(({ recipe, commentId }) => recipe === nudge.recipe && commentId === nudge.commentId);
  return waiting.length < MOST_NUDGES || wanted.every(isThere);
}

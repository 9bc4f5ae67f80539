/** Each way from a comment to its run by itself, with the controllers and the server that an installation has. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { waitUntil } from '../sandbox/processes.ts';
import { addWebhook, type Opened, openDoorsOn } from './doors.ts';
import { ADMIN } from './people.ts';
import * as pulls from './pull-requests.ts';
import { ADA, BOT, EVE, makeWorld, ORG, SETTLE_MS, type World } from './world.ts';

const RECIPE = 'tiny-web';
const REPOSITORY = `${ORG}/${RECIPE}`;
const NEVER_AGAIN_MS = 24 * 3_600_000;

let world: World;
let doors: Opened;

beforeAll(async () => {
  world = await makeWorld();
  await world.addRecipe(RECIPE);
});
afterAll(() => world.stop());

const asked = async (): Promise<string[]> =>
  (await world.server.requests()).filter(({ user }) => user === BOT).map(({ path }) => path);
const polls = async (): Promise<number> =>
  (await asked()).filter((path) => path.includes('/issues/search')).length;
const runOf = ({ number }: pulls.Opened, { id }: { id: number }): string => `${RECIPE}-pr${number}-c${id}`;

const PULLS = [
  { where: 'a branch', open: pulls.openPullRequest, from: REPOSITORY },
  { where: 'a fork', open: pulls.openFromFork, from: `${EVE}/${RECIPE}` },
] as const;

/** The commit that the run is for, and where it is fetched from. */
async function tested(opened: pulls.Opened): Promise<object> {
  const comment = await pulls.comment(world, opened, { by: ADA, body: '!testme' });
  const { source, trigger } = await doors.until(runOf(opened, comment));
  expect(trigger).toMatchObject({ kind: 'comment', user: ADA, commentId: comment.id });
  return source;
}

describe('by polling alone', () => {
  beforeAll(async () => {
    doors = await openDoorsOn(world, { recipes: [RECIPE], pollMs: 1_000 });
  });
  afterAll(() => doors.close());

  it.each(PULLS)('a pull request from $where is tested at its head', async ({ where, open, from }) => {
    const opened = await open(world, { repository: REPOSITORY, branch: `polled-${where.slice(2)}` });
    const { head } = await pulls.pullRequest(world, opened);
    expect(await tested(opened)).toEqual({
      ref: head.sha,
      repo: `${world.server.url}/${from}.git`,
      pr: opened.number,
    });
    // Nobody told of it.
    expect(await world.as(ADMIN).must('GET', `/repos/${REPOSITORY}/hooks`)).toEqual([]);
  });
});

describe('by webhook alone', () => {
  let hook: number;
  beforeAll(async () => {
    doors = await openDoorsOn(world, { recipes: [RECIPE], pollMs: NEVER_AGAIN_MS });
    hook = await addWebhook(world, REPOSITORY, doors);
  });
  afterAll(() => doors.close());

  it.each(PULLS)('a pull request from $where is tested at its head', async ({ where, open, from }) => {
    const before = await polls();
    const opened = await open(world, { repository: REPOSITORY, branch: `told-${where.slice(2)}` });
    const { head } = await pulls.pullRequest(world, opened);
    expect(await tested(opened)).toEqual({
      ref: head.sha,
      repo: `${world.server.url}/${from}.git`,
      pr: opened.number,
    });
    expect(await polls()).toBe(before);
  });

  /** Gitea's button sends a push, whatever the webhook is for. */
  const press = (id: number): Promise<unknown> =>
    world.as(ADMIN).must('POST', `/repos/${REPOSITORY}/hooks/${id}/tests`);

  it.each([
    {
      because: 'whose push is told says that the signature is right',
      secret: null,
      want: { status: 422, body: expect.stringContaining('The signature is right') as string },
    },
    {
      because: 'with another secret says that the signature is wrong',
      secret: 'not the one that is here',
      want: {
        status: 401,
        body: expect.stringContaining('The signature is not made with the secret') as string,
      },
    },
  ])('a test delivery of a webhook $because', async ({ secret, want }) => {
    const runs = await doors.runs();
    const { url, hookSecret } = doors;
    const other = await addWebhook(world, REPOSITORY, {
      url,
      hookSecret: secret ?? hookSecret,
      more: ['push'],
    });
    await press(hook);
    await press(other);
    await waitUntil(() => answersTo(other, 'push').length > 0, SETTLE_MS);
    expect(answersTo(other, 'push')).toEqual([want]);
    // They are told in order: of one without that event Gitea sends nothing, and does not say so.
    expect(answersTo(hook, 'push')).toEqual([]);
    expect(await doors.runs()).toEqual(runs);
    await world.as(ADMIN).must('DELETE', `/repos/${REPOSITORY}/hooks/${other}`);
  });

  it('and nothing that only an administrator may was asked', async () => {
    const paths = await asked();
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => /admin|collaborators|hooks|permission|\/teams/.test(path))).toEqual([]);
  });
});

const Answered = z.object({ status: z.number(), body: z.string() });

/** What a webhook was answered, as its page in Gitea shows it; the API tells nobody. */
function answersTo(hook: number, event: string): z.infer<typeof Answered>[] {
  const file = join(world.server.dir, 'data', 'gitea.db');
  const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
  try {
    const rows = database
      .prepare(
        'SELECT response_content AS said FROM hook_task WHERE hook_id = ? AND event_type = ? AND is_delivered ORDER BY id',
      )
      .all(hook, event);
    return rows.flatMap(({ said }) =>
      typeof said === 'string' && said !== '' ? [Answered.parse(JSON.parse(said))] : [],
    );
  } finally {
    database.close();
  }
}

/** What Gitea tells by a webhook, and how it is known that it was Gitea who told it. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Delivery, type Listener, listen } from './listener.ts';
import * as pulls from './pull-requests.ts';
import { ADMIN } from './people.ts';
import { ADA, EVE, makeWorld, ORG, SETTLE_MS, type World } from './world.ts';

const Told = z.object({
  action: z.string(),
  is_pull: z.boolean().optional(),
  comment: z.object({ body: z.string() }).optional(),
  pull_request: z.object({ number: z.number(), head: z.object({ sha: z.string() }) }),
  repository: z.object({ full_name: z.string() }),
  sender: z.object({ login: z.string() }),
});

describe('a webhook of the organisation', () => {
  const SECRET = 'known to both';
  let world: World;
  let repository: string;
  let opened: pulls.Opened;
  let listener: Listener;
  beforeAll(async () => {
    world = await makeWorld();
    repository = await world.addRecipe('tiny-web');
    opened = await pulls.openPullRequest(world, { repository, branch: 'told' });
    listener = await listen();
    await world.as(ADMIN).must('POST', `/orgs/${ORG}/hooks`, {
      type: 'gitea',
      active: true,
      config: { url: listener.url, content_type: 'json', secret: SECRET },
      events: ['pull_request', 'pull_request_comment', 'pull_request_sync'],
    });
  });
  afterAll(async () => {
    listener.close();
    await world.stop();
  });

  it.each<{ because: string; deed: () => Promise<unknown>; kind: [string, string]; want: object }>([
    {
      because: 'tells of a comment, with the pull request and its commit',
      deed: () => pulls.comment(world, opened, { by: EVE, body: '!testme ü' }),
      kind: ['issue_comment', 'pull_request_comment'],
      want: { action: 'created', is_pull: true, comment: { body: '!testme ü' }, sender: { login: EVE } },
    },
    {
      because: 'tells of a push',
      deed: () => pulls.pushTo(world, opened),
      kind: ['pull_request', 'pull_request_sync'],
      want: { action: 'synchronized', sender: { login: ADA } },
    },
    {
      because: 'tells of the end',
      deed: () => pulls.closePullRequest(world, opened),
      kind: ['pull_request', 'pull_request'],
      want: { action: 'closed' },
    },
  ])('$because', async ({ deed, kind: [event, type], want }) => {
    const known = listener.deliveries.length;
    await deed();
    await expect.poll(() => listener.deliveries.length, { timeout: SETTLE_MS }).toBeGreaterThan(known);
    const { headers, body } = listener.deliveries[known] as Delivery;
    const { sha } = (await pulls.pullRequest(world, opened)).head;
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-gitea-event': event,
      'x-gitea-event-type': type,
      'x-gitea-delivery': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-gitea-signature': createHmac('sha256', SECRET).update(body).digest('hex'),
    });
    expect(Told.parse(JSON.parse(body.toString()))).toMatchObject({
      ...want,
      repository: { full_name: repository },
      pull_request: { number: opened.number, head: { sha } },
    });
  });
});
